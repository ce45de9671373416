// The state of one execution, as a pure step function: it takes an event and returns a new state
// and actions.
//
// It decides when a job is asked to end, when it is killed, when its result can be sent, and what
// that result says. It uses no processes, sockets or clock, so tests can try every order of events.

import { SIGKILL, SIGXCPU, SIGXFSZ } from "../../linux/constants.ts";
import type { Failure } from "../../sandbox/report.ts";
import type { JobEnd } from "../../sandbox/job_end.ts";

/** Why a job is stopped before it ends by itself. */
export type Cause =
  | { readonly kind: "timeout" }
  | { readonly kind: "cancelled" }
  | { readonly kind: "limit"; readonly limit: LimitName };

/** The limits that end a job when it exceeds them. */
export type LimitName = "cpu" | "memory" | "processes" | "file_size" | "output" | "denied";

/** The phase of an execution. */
export type Phase = "starting" | "running" | "terminating" | "killing" | "reaping" | "over";

/** The whole state of one execution. */
export interface Execution {
  readonly phase: Phase;
  /** Pid of the job inside its sandbox, once it is known. */
  readonly pid?: number;
  readonly cause?: Cause;
  readonly failure?: Failure;
  readonly end?: JobEnd;
  /** How many rounds of reaping left something over. */
  readonly rounds: number;
}

/** What can happen to an execution. */
export type ExecutionEvent =
  | { readonly type: "started"; readonly pid: number }
  | { readonly type: "failed"; readonly failure: Failure }
  | { readonly type: "ended"; readonly end: JobEnd }
  | { readonly type: "stop"; readonly cause: Cause }
  | { readonly type: "grace-over" }
  | { readonly type: "reaped"; readonly left: boolean }
  | { readonly type: "gone" };

/** The actions to carry out, in order. */
export type Action = "terminate" | "kill" | "reap" | "finish" | "give-up";

/** If processes remain after this many rounds of reaping, they count as surviving SIGKILL. */
export const MAX_ROUNDS = 100;

/** The state right after a job was sent to the runner. */
export const begun: Execution = { phase: "starting", rounds: 0 };

/** One step. Events that do not apply in the current phase change nothing. */
export function step(execution: Execution, event: ExecutionEvent): [Execution, Action[]] {
  if (execution.phase === "over") return [execution, []];
  switch (event.type) {
    case "started":
      return started({ ...execution, pid: event.pid });
    case "failed":
      return [{ ...execution, failure: execution.failure ?? event.failure }, []];
    case "ended": {
      const ended = { ...execution, end: event.end };
      return event.end.left ? [{ ...ended, phase: "reaping" }, ["reap"]] : finish(ended);
    }
    case "stop":
      return stop(execution, event.cause);
    case "grace-over":
      return execution.phase === "terminating"
        ? [{ ...execution, phase: "killing" }, ["kill"]]
        : [execution, []];
    case "reaped":
      return reaped(execution, event.left);
    case "gone":
      return finish({
        ...execution,
        failure: execution.failure ?? { step: "keep the sandbox alive", errno: "EPIPE" },
      });
  }
}

function started(execution: Execution): [Execution, Action[]] {
  if (execution.phase !== "starting") return [execution, []];
  const running: Execution = { ...execution, phase: "running" };
  return execution.cause === undefined ? [running, []] : stop(running, execution.cause);
}

function stop(execution: Execution, cause: Cause): [Execution, Action[]] {
  const first = { ...execution, cause: execution.cause ?? cause };
  const harsh = cause.kind === "limit";
  switch (execution.phase) {
    case "starting": // no process to signal yet: the cause waits for "started"
      return [first, []];
    case "running":
      return harsh
        ? [{ ...first, phase: "killing" }, ["kill"]]
        : [{ ...first, phase: "terminating" }, ["terminate"]];
    case "terminating":
      return harsh ? [{ ...first, phase: "killing" }, ["kill"]] : [execution, []];
    default:
      return [execution, []];
  }
}

function reaped(execution: Execution, left: boolean): [Execution, Action[]] {
  if (execution.phase !== "reaping") return [execution, []];
  if (!left) return finish(execution);
  const rounds = execution.rounds + 1;
  return [{ ...execution, rounds }, [rounds < MAX_ROUNDS ? "reap" : "give-up"]];
}

function finish(execution: Execution): [Execution, Action[]] {
  return [{ ...execution, phase: "over" }, ["finish"]];
}

/** How a run ended, for the result. `signal` is a number. */
export interface Outcome {
  readonly status: "exited" | "signaled" | "timeout" | "limit" | "cancelled" | "failed";
  readonly exitCode?: number;
  readonly signal?: number;
  readonly limit?: LimitName;
  readonly step?: string;
  readonly errno?: string;
}

/**
 * The outcome of an execution that is over.
 *
 * @param seen What was learned beside the job's status: whether the kernel killed for memory (or,
 * without a cgroup, the job used more than its limit), and whether the CPU limit was used up.
 */
export function outcome(
  execution: Execution,
  seen: { outOfMemory: boolean; cpuUsedUp: boolean },
): Outcome {
  const { cause, failure, end } = execution;
  const ended = { exitCode: end?.exitCode, signal: end?.signal };
  if (cause !== undefined) {
    return cause.kind === "limit"
      ? { status: "limit", limit: cause.limit, ...ended }
      : { status: cause.kind, ...ended };
  }
  if (failure !== undefined) return { status: "failed", ...failure };
  if (end === undefined) return { status: "failed", step: "see the job's end", errno: "EPIPE" };
  const limit = limitOf(end, seen);
  if (limit !== undefined) return { status: "limit", limit, ...ended };
  return { status: end.signal === undefined ? "exited" : "signaled", ...ended };
}

function limitOf(
  end: JobEnd,
  seen: { outOfMemory: boolean; cpuUsedUp: boolean },
): LimitName | undefined {
  if (seen.outOfMemory) return "memory";
  if (end.signal === SIGXCPU) return "cpu";
  if (end.signal === SIGXFSZ) return "file_size";
  // At the hard limit of CPU time the kernel sends SIGKILL (setrlimit(2)).
  if (end.signal === SIGKILL && seen.cpuUsedUp) return "cpu";
  return undefined;
}
