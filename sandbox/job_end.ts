// The runner's report of a job's end, and of what was reaped after it.
//
// Layout: see `ended` in arm_program.ts and reapProgram in keeper_program.ts. Usage covers the job,
// the children it waited for, and everything that was killed and reaped after it (getrusage(2)).

import { E } from "../linux/errno.ts";
import { WEXITSTATUS, WIFEXITED, WTERMSIG } from "../linux/wait_status.ts";

/** What all processes of a job used. */
export interface Usage {
  readonly cpuUserMs: number;
  readonly cpuSystemMs: number;
  /** Resident memory of the largest single process, in bytes. */
  readonly maxRssBytes: number;
}

/** How the job's first process ended. */
export interface JobEnd {
  /** Set if it exited. */
  readonly exitCode?: number;
  /** Number of the signal that killed it, if one did. */
  readonly signal?: number;
  /** Whether processes of the job still existed when this was reported. */
  readonly left: boolean;
  /**
   * Resident memory of the largest process among the job's first one and those it waited for, in
   * bytes (wait4(2)).
   */
  readonly ownMaxRssBytes: number;
  /** Usage of all the runner's children since it was made: subtract what earlier runs used. */
  readonly usage: Usage;
}

const RUSAGE_SIZE = 144;

/** Reads an `ended` report. */
export function readEnd(message: DataView): JobEnd {
  const status = message.getInt32(8, true);
  const exited = WIFEXITED(status);
  return {
    ...(exited ? { exitCode: WEXITSTATUS(status) } : { signal: WTERMSIG(status) }),
    left: isLeft(message.getBigInt64(24, true)),
    ownMaxRssBytes: readUsage(message, 32).maxRssBytes,
    usage: readUsage(message, 32 + RUSAGE_SIZE),
  };
}

/** Reads a `reaped` report. */
export function readReaped(message: DataView): { left: boolean; usage: Usage } {
  return { left: isLeft(message.getBigInt64(8, true)), usage: readUsage(message, 16) };
}

/** wait4(2) gives ECHILD only when no child is left, running or zombie. */
function isLeft(waited: bigint): boolean {
  return waited !== BigInt(-E.ECHILD);
}

/** struct rusage: ru_utime, ru_stime (seconds, microseconds), ru_maxrss (KiB) ... */
function readUsage(message: DataView, at: number): Usage {
  const word = (index: number) => Number(message.getBigInt64(at + 8 * index, true));
  return {
    cpuUserMs: word(0) * 1000 + word(1) / 1000,
    cpuSystemMs: word(2) * 1000 + word(3) / 1000,
    maxRssBytes: word(4) * 1024,
  };
}
