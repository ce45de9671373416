// How a test reports that it cannot run here.
//
// A skip prints one line with the name of the test and what is missing. `deno task test` collects
// and counts these lines. A skip must never hide a failure: only something that the machine lacks
// is a reason.

import { existsSync } from "node:fs";

/**
 * Something that a test needs from the machine. `missing()` says what is missing, or returns null.
 */
export interface Need {
  missing(): string | null;
}

/** Prints the line that counts as a skip. `t` is unused; it is null if the test did not begin. */
export function skip(_t: Deno.TestContext | null, name: string, why: string): void {
  console.error(`SKIPPED: ${name}: ${why}`);
}

/** The first thing that is missing; null if nothing is. */
export function firstMissing(needs: readonly Need[]): string | null {
  for (const need of needs) {
    const why = need.missing();
    if (why !== null) return why;
  }
  return null;
}

/**
 * Registers a test that runs if nothing in `needs` is missing, and else is a named skip.
 *
 * @param sanitizers Which of them are off, for what a library leaves behind.
 */
export function testNeeding(
  needs: readonly Need[],
  name: string,
  fn: (t: Deno.TestContext) => void | Promise<void>,
  sanitizers: { readonly sanitizeOps?: false; readonly sanitizeResources?: false } = {},
): void {
  const why = firstMissing(needs);
  if (why !== null) skip(null, name, why);
  Deno.test({ name, fn, ignore: why !== null, ...sanitizers });
}

/** Needs a file or program, by its absolute path. */
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

/** Needs root: the agent can only change to other ids if it starts as root. */
export const root: Need = { missing: () => Deno.uid() === 0 ? null : "not root" };
