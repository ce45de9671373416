// How one request of the load ended, in words that can be counted, and checked against what may be.

import { ConnectionError, RequestError } from "../../controller/client.ts";
import type { Result, Run } from "../../controller/client.ts";
import { Wrong } from "../faults/scenarios.ts";

/** What a request came to. */
export type How =
  | "as usual"
  /** The agent refused it; `detail` is the code. */
  | "refused"
  /** The result names a step that failed, and its errno. */
  | "failed"
  /** The program itself did not manage; `detail` is what it said. */
  | "program failed"
  /** A signal that the program was not to get. */
  | "signaled"
  /** A limit, a time limit or a cancellation that was not asked for. */
  | "stopped"
  | "lost before it began"
  | "lost after it began"
  | "not connected"
  /** An answer that nothing excuses. */
  | "wrong";

/** One request's end. */
export interface Ending {
  /** What was asked. */
  readonly what: string;
  readonly how: How;
  readonly detail?: string;
}

/** How a request that is no run ended, by what was thrown. */
export function endingOf(what: string, error: unknown, began = false): Ending {
  if (error instanceof RequestError) return { what, how: "refused", detail: error.code };
  if (error instanceof ConnectionError && error.problem !== "protocol") {
    const how = error.problem === "lost"
      ? began ? "lost after it began" : "lost before it began"
      : "not connected";
    return { what, how, detail: error.message };
  }
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { what, how: "wrong", detail };
}

/** What a run must come to. */
export interface Expected {
  readonly status?: Result["status"];
  /** Checks what has exited with 0. Returns what is wrong with it, or null. */
  readonly check?: (result: Result) => string | null;
  /** The signal, of a run that is to end so. */
  readonly signal?: string;
}

/** Waits for a run's one result, and compares it with what is to be. */
export async function settle(what: string, run: Run, expected: Expected = {}): Promise<Ending> {
  let began = false;
  run.acked.then(() => began = true, () => {});
  try {
    return judged(what, await run.result, expected);
  } catch (error) {
    return endingOf(what, error, began);
  }
}

function judged(what: string, result: Result, expected: Expected): Ending {
  const { status } = result;
  const wanted = expected.status ?? "exited";
  const told = (how: How, detail: string): Ending => ({ what, how, detail });
  if (status === "failed") {
    const { step, errno } = result;
    if (!step || !errno || errno.startsWith("errno")) {
      throw new Wrong(`it failed and names no step: ${JSON.stringify(result)}`);
    }
    return told("failed", `${step}: ${errno}`);
  }
  if (status === wanted && (expected.signal ?? result.signal) === result.signal) {
    if (wanted !== "exited") return { what, how: "as usual" };
    if (result.exit_code !== 0) {
      const said = new TextDecoder().decode(result.output.stderr).slice(-200);
      return told("program failed", `${result.exit_code} ${said}`);
    }
    const problem = expected.check?.(result) ?? null;
    return problem === null ? { what, how: "as usual" } : told("wrong", problem);
  }
  if (status === "signaled") return told("signaled", String(result.signal));
  if (status === "exited") {
    const how = result.exit_code === 0 ? "wrong" : "program failed";
    return told(how, `exited with ${result.exit_code}, not ${wanted}`);
  }
  return told("stopped", `${status} ${result.limit ?? ""} instead of ${wanted}`);
}

/** A check of standard output. */
export const says = (text: string) => (result: Result): string | null => {
  const said = result.text();
  return said === text
    ? null
    : `said ${JSON.stringify(said.slice(0, 200))}, not ${JSON.stringify(text)}`;
};
