// How a test says that it cannot run here.
//
// A skip is loud: one line that names the test and what is missing, which `deno task test` collects
// and counts. It must never hide a failure: only what the machine lacks is a reason.

import { existsSync } from "node:fs";

/** Something a test needs from the machine; `missing()` says what is not there, or null. */
export interface Need {
  missing(): string | null;
}

/** Prints the line that counts as a skip. `t` is unused where the test was not begun. */
export function skip(_t: Deno.TestContext | null, name: string, why: string): void {
  console.error(`SKIPPED: ${name}: ${why}`);
}

/** The first thing that is missing, or null: everything is there. */
export function firstMissing(needs: readonly Need[]): string | null {
  for (const need of needs) {
    const why = need.missing();
    if (why !== null) return why;
  }
  return null;
}

/** Registers a test that runs where all of `needs` are there, and is a named skip elsewhere. */
export function testNeeding(
  needs: readonly Need[],
  name: string,
  fn: (t: Deno.TestContext) => void | Promise<void>,
): void {
  const why = firstMissing(needs);
  if (why !== null) skip(null, name, why);
  Deno.test({ name, fn, ignore: why !== null });
}

/** A file or program by its absolute path. */
export function file(path: string): Need {
  return { missing: () => existsSync(path) ? null : `no "${path}"` };
}

/** The C compiler, with the system's headers. */
export const cc: Need = {
  missing: () =>
    !existsSync("/usr/bin/cc")
      ? 'no "/usr/bin/cc"'
      : existsSync("/usr/include/unistd.h")
      ? null
      : "no headers of the C library",
};

/** Being root: the agent can only drop to other ids when it started with all of them. */
export const root: Need = { missing: () => Deno.uid() === 0 ? null : "not root" };
