// Paths in whose names "*" stands for any number of any characters: glob(7), and nothing else of it.

import { listDirectory, lstat } from "./file.ts";

/** Whether a path is one that the pattern stands for, or lies below one. */
export function isAtOrBelow(path: string, pattern: string): boolean {
  const [above, names] = [pattern.split("/"), path.split("/")];
  return above.length <= names.length && above.every((name, at) => isMatch(names[at], name));
}

/** The paths that there are for a pattern, sorted. Links are not followed. */
export function expandPattern(pattern: string): string[] {
  let found = [""];
  for (const name of pattern.split("/").slice(1)) {
    found = found.flatMap((directory) => entriesOf(directory, name));
  }
  return found;
}

function entriesOf(directory: string, pattern: string): string[] {
  if (!pattern.includes("*")) {
    const path = `${directory}/${pattern}`;
    return lstat(path) === null ? [] : [path];
  }
  if (lstat(directory || "/")?.isDirectory !== true) return [];
  return listDirectory(directory || "/").filter((name) => isMatch(name, pattern))
    .map((name) => `${directory}/${name}`);
}

function isMatch(name: string, pattern: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(name);
}
