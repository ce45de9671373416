// Runs one program in turns: in an interpreter that waits, in one that is started with the request,
// and bare.
//
// A client leaves some time before a request that finds an interpreter waiting: as long as the next
// interpreter needs to be ready. All three rest as long, because a rest makes what comes after it
// slower: a virtual machine that does nothing loses caches, and its host takes back what it can. The
// bare program runs when no interpreter is being started beside it.

import { startAgent, type TestAgent } from "../../tests/helpers/agent.ts";
import { coldly } from "../../tests/helpers/warm.ts";
import type { Program } from "./interpreters.ts";
import { type JobTime, request, timeJob } from "./jobs.ts";
import { type Native, spawnTimes, stampTimes } from "./native.ts";
import { median } from "../tools/quantile.ts";
import { type BlockingWire, pause } from "./wire.ts";

const more = { timeout_ms: 20_000 };

/** The times of one program in one round. */
export interface WaitingTimes {
  /** Whole jobs whose interpreter waited for them. */
  readonly warm: readonly JobTime[];
  /** Whole jobs whose interpreter was started with the request. */
  readonly cold: readonly JobTime[];
  /** Milliseconds of the bare program. */
  readonly bare: readonly number[];
  /** Milliseconds of the bare program after its import and a rest. None where it imports nothing. */
  readonly imported: readonly number[];
  /** How long each rested before it. */
  readonly restMs: number;
}

/** Starts an agent from source that preloads what the program wants preloaded. */
export function agentFor({ preload }: Program): Promise<TestAgent> {
  return startAgent(
    preload === undefined ? {} : {
      entry: "tests/helpers/preloading_agent.ts",
      allowAll: true,
      env: { PRELOADED: preload },
    },
  );
}

/** Has the agent arm jobs without an interpreter: no other measurement is to run beside its start. */
export function startNoMore(wire: BlockingWire, native: Native): void {
  timeJob(wire, request("exec", Deno.readFileSync(native.tiny)));
}

/** How long a client rests, so that the interpreter waits: it has seen cold jobs of these times. */
export function restMs(cold: readonly JobTime[]): number {
  return 20 + Math.round(median(cold.map(({ whole }) => whole)));
}

/** How often the rest may be doubled, where the interpreter was not ready after it. */
const DOUBLINGS = 4;

/** Measures `count` times each. Any language may have been used before. */
export async function waitingTimes(
  wire: BlockingWire,
  program: Program,
  native: Native,
  count: number,
): Promise<WaitingTimes> {
  const { language, code } = program;
  const requests = {
    warm: request(language, code, more),
    cold: request(language, code, { ...more, env: coldly }),
  };
  const times: Record<"warm" | "cold", JobTime[]> = { warm: [], cold: [] };
  // The language that is used last is the one for which a job is armed, and then waits.
  let rest = restMs([timeJob(wire, requests.cold)]);
  const timeOf = (kind: "warm" | "cold") => {
    for (let left = DOUBLINGS;; left--, rest *= 2) {
      pause(rest);
      const time = timeJob(wire, requests[kind]);
      const isWarm = "ahead_cpu_ms" in time.timing;
      if (isWarm === (kind === "warm")) return time;
      if (isWarm || left === 0) {
        throw new Error(`Cannot measure ${program.name}: an interpreter was to be ${kind}`);
      }
    }
  };
  for (let i = 0; i < count; i++) {
    for (const kind of ["cold", "warm"] as const) times[kind].push(timeOf(kind));
  }
  startNoMore(wire, native);
  const bare = await spawnTimes(native, { argv: program.bare, count, pauseMs: rest });
  const imported = program.imported === undefined ? [] : (await stampTimes(native, {
    argv: program.imported(rest),
    count,
    pauseMs: 0,
  })).after;
  return { ...times, bare, imported, restMs: rest };
}
