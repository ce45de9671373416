// What the command line exits with: the job's own code, or a code that says why there is none.
//
// Scripts depend on these numbers; they are those of timeout(1), env(1) and the shell where these
// have one.

import type { ResultReply } from "../../protocol/protocol.ts";
import { RequestError } from "../errors.ts";

/** Exit codes that are not the job's. */
export const exitCodes = {
  /** The build failed: the program was not run. */
  build: 122,
  /** A limit other than the time: CPU, memory, processes, file size, output, denied calls. */
  limit: 123,
  /** The job did not end in time. */
  timeout: 124,
  /** Sallyport's own failure: no connection, a bad option, a job that could not be started. */
  failure: 125,
  /** The agent refused the request. */
  refused: 126,
  /** Added to the number of the signal that ended the job. */
  signal: 128,
} as const;

/** Numbers of the signals by name, the same on x86_64 and aarch64: signal(7). */
const signals =
  "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT " +
  "STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS";
const signalNumbers = new Map(signals.split(" ").map((name, i) => [`SIG${name}`, i + 1]));

/** The number of a signal; 0 if it is not known. */
export function signalNumber(name: string): number {
  const realTime = /^SIGRTMIN(?:\+(\d+))?$/.exec(name);
  if (realTime !== null) return 34 + Number(realTime[1] ?? 0);
  return signalNumbers.get(name) ?? 0;
}

/** The exit code for a run that has a result. */
export function exitCodeOf(result: Pick<ResultReply, "status" | "exit_code" | "signal">): number {
  switch (result.status) {
    case "exited":
      return result.exit_code ?? exitCodes.failure;
    case "signaled":
      return exitCodes.signal + signalNumber(result.signal ?? "");
    case "timeout":
      return exitCodes.timeout;
    case "limit":
      return exitCodes.limit;
    case "cancelled":
      return exitCodes.signal + signalNumber("SIGINT");
    case "failed":
      return exitCodes.failure;
    case "build":
      return exitCodes.build;
  }
}

/** The exit code for a call that failed. */
export function exitCodeOfError(error: unknown): number {
  return error instanceof RequestError ? exitCodes.refused : exitCodes.failure;
}
