// Runs programs in a real sandbox and collects what each was refused.
//
// Where that sandbox is, and how a program gets there, is the caller's business.

import type { Observation } from "./learn.ts";

/**
 * What is watched of a language: the name of one of its wider profiles, or "build", or undefined for
 * its own profile.
 */
export type Use = string | undefined;

/** The use that watches the compiler, and not the program. */
export const BUILD = "build";

/** Runs one program as `language`, to its end. Returns the calls that were refused. */
export type RunProgram = (
  language: string,
  program: string,
  use: Use,
) => Promise<Observation["denied"]>;

/**
 * Gives `use` a way to run programs: in the agent at `target`, or in one that is started for this.
 */
export type WithAgent = (
  target: string | undefined,
  use: (run: RunProgram) => Promise<Observation[]>,
) => Promise<Observation[]>;

/** Runs each program and returns what it was denied, in the order of `programs`. */
export async function observe(
  language: string,
  programs: readonly string[],
  use: Use,
  run: RunProgram,
): Promise<Observation[]> {
  const observations: Observation[] = [];
  for (const program of programs) {
    observations.push({ program, denied: await run(language, program, use) });
  }
  return observations;
}
