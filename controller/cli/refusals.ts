// What the agent refused, in the words that the person typed.

import type { RequestLimit } from "../../protocol/protocol.ts";
import type { ResultReply } from "../../protocol/protocol.ts";
import { RequestError } from "../errors.ts";
import { nearest } from "./nearest.ts";
import { formatDuration, formatSize } from "./quantities.ts";
import { limitOptions, type RunArguments } from "./run_arguments.ts";

/** Hardly any program starts with less. */
const LEAST_MEMORY = 4 << 20;

/** The option that a request's field was typed as. */
function optionOf(field: string): string | undefined {
  if (field === "timeout_ms") return "timeout";
  if (field === "wait_ms") return "wait";
  if (field.startsWith("limits.")) {
    return limitOptions[field.slice("limits.".length) as RequestLimit]?.[0];
  }
  if (["language", "profile", "cwd", "entry"].includes(field)) return field;
  return field.startsWith("env.") || field === "env" ? "env" : undefined;
}

/** The same refusal, naming the option and its units instead of the request's field. */
export function inTyped(error: RequestError, args: RunArguments): RequestError {
  const option = error.field === undefined ? undefined : optionOf(error.field);
  if (option === undefined) return error;
  const rule = error.message.replace(/^Cannot accept "[^"]*": (it )?/, "");
  const inUnits = rule.replace(
    /from (\d+) to (\d+)/,
    (_, from, to) => `from ${unit(error.field!, from)} to ${unit(error.field!, to)}`,
  ).replace(/an integer /, unit(error.field!, "1") === "1" ? "an integer " : "");
  const near = option === "language" && args.language !== undefined
    ? nearest(args.language, [...rule.matchAll(/"([^"]+)"/g)].map(([, name]) => name))
    : undefined;
  const hint = near === undefined ? "" : `; did you mean "${near}"?`;
  return new RequestError(
    error.code,
    `Cannot accept "--${option}": it ${inUnits}${hint}`,
    error.field,
  );
}

function unit(field: string, digits: string): string {
  if (field.endsWith("_ms")) return formatDuration(Number(digits));
  if (field.endsWith("_bytes")) return formatSize(Number(digits));
  return digits;
}

/** Why a program with next to no memory ended as it did; null where that is not it. */
export function tooLittleMemory(
  { status }: Pick<ResultReply, "status">,
  memoryBytes: number | undefined,
): string | null {
  if (memoryBytes === undefined || memoryBytes >= LEAST_MEMORY) return null;
  if (status === "exited") return null;
  return `it had ${formatSize(memoryBytes)} of memory: hardly any program starts with less than ` +
    formatSize(LEAST_MEMORY);
}
