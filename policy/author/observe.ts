// Runs programs in a real sandbox and collects what each was refused.
//
// Where that sandbox is, and how a program gets there, is the caller's business.

import type { Observation } from "./learn.ts";

/** Runs one program as `language`, to its end. Returns the calls that it was refused. */
export type RunProgram = (language: string, program: string) => Promise<Observation["denied"]>;

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
  run: RunProgram,
): Promise<Observation[]> {
  const observations: Observation[] = [];
  for (const program of programs) {
    observations.push({ program, denied: await run(language, program) });
  }
  return observations;
}
