// How much each language adds to an image: the bytes of an image with it alone, less those of one
// without any.
//
// Languages share libraries and compilers, so an image with several is smaller than their sum.

import { Collector } from "./collect.ts";
import { FileTree } from "./file_tree.ts";
import { addLanguages } from "./guest_tree.ts";
import { debianArchitecture } from "./packages/archive.ts";
import { languageContents } from "./packages/languages.ts";

/** What one language adds. */
export interface LanguageSize {
  name: string;
  bytes: number;
  files: number;
}

/** Every language, in the order of `languageContents`, and last all of them together. */
export async function languageSizes(arch: "x86_64" | "aarch64"): Promise<LanguageSize[]> {
  const names = Object.keys(languageContents);
  const none = await sizeOf(arch, []);
  const sizes: LanguageSize[] = [];
  for (const languages of [...names.map((name) => [name]), names]) {
    const { bytes, files } = await sizeOf(arch, languages);
    const name = languages.length === 1 ? languages[0] : "all of them";
    sizes.push({ name, bytes: bytes - none.bytes, files: files - none.files });
  }
  return sizes;
}

async function sizeOf(arch: "x86_64" | "aarch64", languages: readonly string[]) {
  const tree = new FileTree();
  await addLanguages(tree, new Collector(debianArchitecture(arch)), { arch, languages });
  const entries = tree.entries();
  const bytes = entries.reduce((sum, entry) => sum + (entry.bytes?.length ?? 0), 0);
  return { bytes, files: entries.filter(({ kind }) => kind !== "directory").length };
}

/** The table as Markdown has it, so that it can stand in a document. */
export function sizesTable(sizes: readonly LanguageSize[]): string {
  const rows = sizes.map(({ name, bytes, files }) => [
    name,
    `${(bytes / 1024 / 1024).toFixed(1)} MiB`,
    String(files),
  ]);
  const head = ["language", "adds", "files"];
  const widths = head.map((word, i) => Math.max(word.length, ...rows.map((row) => row[i].length)));
  const line = (row: string[]) => `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}
