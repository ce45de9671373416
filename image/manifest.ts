// The manifest of an image: every file with its mode, owner, size, SHA-256 and the package it comes
// from.
//
// Plain text, one file per line, sorted, so that diff(1) shows how two images differ.

import { sha256 } from "../scripts/tools/digest.ts";
import type { TreeEntry } from "./file_tree.ts";
import type { Package } from "./packages/packages.ts";

/** The manifest's text: first the packages with the checksums of their archives, then the files. */
export async function manifestText(
  entries: readonly TreeEntry[],
  packages: readonly Package[],
): Promise<string> {
  const lines = packages.map((p) => `package ${p.name}=${p.version} ${p.architecture} ${p.hash}`);
  for (const entry of entries) lines.push(await entryLine(entry));
  return lines.join("\n") + "\n";
}

async function entryLine(entry: TreeEntry): Promise<string> {
  const mode = entry.mode.toString(8).padStart(4, "0");
  const owner = `${entry.uid}:${entry.gid}`;
  const content = entry.kind === "file"
    ? `${entry.bytes!.length} ${await sha256(entry.bytes!)}`
    : entry.kind === "symlink"
    ? `-> ${entry.target}`
    : entry.kind === "device"
    ? `${entry.device!.major}:${entry.device!.minor}`
    : "-";
  return `${entry.kind} ${mode} ${owner} /${entry.path} ${content} ${entry.origin}`;
}

/** Bytes by origin, the largest first: shows what makes the image large. */
export function sizesByOrigin(entries: readonly TreeEntry[]): [origin: string, bytes: number][] {
  const sizes = new Map<string, number>();
  for (const entry of entries) {
    const bytes = entry.bytes?.length ?? 0;
    sizes.set(entry.origin, (sizes.get(entry.origin) ?? 0) + bytes);
  }
  return [...sizes].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
}
