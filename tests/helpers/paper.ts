// The papers (documents) of the project as a test reads them: fenced blocks, links, and the files
// and tasks that they name.

import { projectRoot } from "./agent.ts";

/** A fenced block. */
export interface Block {
  /** The word after the opening fence. */
  readonly language: string;
  readonly text: string;
  /** Line of the opening fence. */
  readonly line: number;
}

/** One paper. */
export interface Paper {
  /** Path below the root. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** Every paper for human readers. Generated tables are not included. */
export async function papers(): Promise<Paper[]> {
  const paths = [
    ...["README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md"],
    ...["tests/README.md", "clients/python/README.md"],
  ];
  for await (const { name } of Deno.readDir(`${projectRoot}docs`)) paths.push(`docs/${name}`);
  return await Promise.all(paths.toSorted().map(paper));
}

/** One paper by its path. */
export async function paper(path: string): Promise<Paper> {
  const text = await Deno.readTextFile(projectRoot + path);
  return { path, text, blocks: blocksOf(text) };
}

/** The fenced blocks of a text, without the indentation that a list gives them. */
export function blocksOf(text: string): Block[] {
  const found: Block[] = [];
  let open: { language: string; lines: string[]; line: number; indent: number } | undefined;
  text.split("\n").forEach((line, index) => {
    const fence = /^( *)```(.*)$/.exec(line);
    if (fence === null) return void open?.lines.push(line.slice(open.indent));
    if (open === undefined) {
      open = { language: fence[2], lines: [], line: index + 1, indent: fence[1].length };
      return;
    }
    found.push({ language: open.language, text: open.lines.join("\n"), line: open.line });
    open = undefined;
  });
  if (open !== undefined) throw new Error(`The block of line ${open.line} does not end`);
  return found;
}

/** A text without its fenced blocks. */
export function proseOf(text: string): string {
  return text.replaceAll(/^ *```.*\n[\s\S]*?^ *```$/gm, "");
}

/**
 * Whether `said` matches what a paper shows. Numbers and runs of blanks may differ. A line "…"
 * matches any lines, and "…" within a line matches any text.
 */
export function isShown(shown: string, said: string): boolean {
  const plain = (text: string) =>
    text.trim().replaceAll(/\d+(\.\d+)?/g, "0").replaceAll(/[ \t]+/g, " ").replaceAll(/ $/gm, "");
  const pattern = plain(shown).split("\n").map((line) =>
    line.trim() === "…" ? "(?:.*\n)*?.*" : line.split("…").map(RegExp.escape).join(".*")
  ).join("\n");
  return new RegExp(`^${pattern}$`).test(plain(said));
}
