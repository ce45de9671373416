// What a process of a machine is started with: few variables, limits, and an end together with this
// process.

import { findProgram } from "../../scripts/tools/command.ts";

/** The variables that a monitor, or an agent from source, may need. */
export function environment(): Record<string, string> {
  const wanted = ["PATH", "HOME", "TMPDIR", "DENO_DIR", "XDG_CACHE_HOME"];
  const found = wanted.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(found), NO_COLOR: "1" };
}

/**
 * Programs of util-linux that set a process's limits and then become it: no core files, and an end
 * together with this process.
 */
export function prefix(openFiles: number | undefined): string[] {
  const words: string[] = [];
  const [prlimit, setpriv] = [findProgram("prlimit"), findProgram("setpriv")];
  if (prlimit !== null) words.push(prlimit, "--core=0:0");
  if (prlimit !== null && openFiles !== undefined) words.push(`--nofile=${openFiles}:${openFiles}`);
  if (setpriv !== null) words.push(setpriv, "--pdeathsig", "KILL");
  return words;
}

/** What a process started here goes without, since the host lacks the program for it. */
export function missingPrograms(): string[] {
  const without: string[] = [];
  if (findProgram("prlimit") === null) without.push("host rlimits");
  if (findProgram("setpriv") === null) without.push("parent death signal");
  return without;
}
