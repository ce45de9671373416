// Why a machine did not become ready, as the error that its start throws.

import type { MachineEnd } from "./machine.ts";
import { MachineError, type MachineErrorKind } from "./machine_error.ts";

/**
 * Makes the error.
 *
 * @param cause What was thrown on the way. A MachineError is the answer itself.
 * @param lateMs The deadline, if it has passed.
 * @param end How the machine ended.
 * @param lines The last lines on its console.
 */
export function startFailure(
  verb: "start" | "restore",
  cause: unknown,
  lateMs: number | null,
  { process, why: fatal }: MachineEnd,
  lines: readonly string[],
): MachineError {
  if (cause instanceof MachineError) return cause;
  const said = cause instanceof Error ? cause.message : String(cause);
  const [kind, why]: [MachineErrorKind, string] = fatal !== null && process === undefined
    ? ["boot_failed", "its guest was lost before the agent was ready"]
    : lateMs !== null
    ? ["timeout", `its agent was not ready after ${lateMs} ms`]
    : process !== undefined
    ? ["boot_failed", `${process} ended before the agent was ready`]
    : ["monitor", said];
  const message = `Cannot ${verb} the machine: ${why}${fatal === null ? "" : `: ${fatal}`}`;
  return new MachineError(kind, message, lines, { cause });
}
