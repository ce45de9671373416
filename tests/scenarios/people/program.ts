// What a program of this folder is: what is sent, what it must print, and what it may be denied.

import type { RunOptions } from "../../../controller/client.ts";

/** One program as a user would send it. */
export interface PeoplesProgram extends Partial<RunOptions> {
  readonly language: string;
  /** Programs of the guest that it needs, by absolute path. The interpreter's own is among them. */
  readonly needs: readonly string[];
  /** Files that are put before, by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Standard output: the whole text, or a pattern. */
  readonly prints: string | RegExp;
  /** Standard error, where something is to be there. */
  readonly says?: RegExp;
  /** Exit code; 0 if absent. */
  readonly exit?: number;
  /** Calls that its profile refuses, and that it does without. */
  readonly denied?: readonly string[];
}

/** Programs by what they do. */
export type PeoplesPrograms = Readonly<Record<string, PeoplesProgram>>;
