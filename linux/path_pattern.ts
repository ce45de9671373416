// Paths in whose names "*" stands for any number of any characters: glob(7), and nothing else of it.

import { listDirectory, lstat } from "./file.ts";

/** Whether a path is one that the pattern stands for, or lies below one. */
export function isAtOrBelow(path: string, pattern: string): boolean {
  if (!pattern.includes("*")) return path === pattern || path.startsWith(`${pattern}/`);
  const [above, names] = [pattern.split("/"), path.split("/")];
  return above.length <= names.length && above.every((name, at) => isMatch(names[at], name));
}

/** The paths that there are for a pattern, sorted. Links are not followed. */
export function expandPattern(pattern: string): string[] {
  const names = pattern.split("/").slice(1);
  const first = names.findIndex((name) => name.includes("*"));
  if (first < 0) return lstat(pattern) === null ? [] : [pattern];
  let found = [names.slice(0, first).map((name) => `/${name}`).join("")];
  for (const name of names.slice(first)) {
    found = found.flatMap((directory) => entriesOf(directory, name));
  }
  return found;
}

function entriesOf(directory: string, pattern: string): string[] {
  const star = pattern.indexOf("*");
  if (star < 0) {
    const path = `${directory}/${pattern}`;
    return lstat(path) === null ? [] : [path];
  }
  if (lstat(directory || "/")?.isDirectory !== true) return [];
  return listDirectory(directory || "/", pattern.slice(0, star))
    .filter((name) => isMatch(name, pattern))
    .map((name) => `${directory}/${name}`);
}

/** Without a RegExp: compiling one takes longer than all of these, and this is done at a start. */
function isMatch(name: string, pattern: string): boolean {
  const [first, ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return name === pattern;
  const end = name.length - last.length;
  if (end < first.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  let from = first.length;
  for (const part of rest) { // the earliest place leaves most room for the others
    const at = name.indexOf(part, from);
    if (at < 0 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}
