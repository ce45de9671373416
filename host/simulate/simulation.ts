// A pool under load in virtual time: the pool's own code, with simulated machines and Poisson
// arrivals.

import type { PoolEvent } from "../pool/events.ts";
import { Pool } from "../pool/pool.ts";
import type { Recycling } from "../pool/recycling.ts";
import { arrive } from "./arrivals.ts";
import { seededRandom } from "./random.ts";
import { simulatedMachines, type Times } from "./simulated_machine.ts";
import { VirtualClock } from "./virtual_clock.ts";

/** What is simulated. */
export interface SimulationOptions {
  readonly machines: number;
  /** Arrivals a second. */
  readonly rate: number;
  readonly recycling: Recycling;
  readonly times: Times;
  /** Jobs that are counted. A tenth as many come before them, so that the queue is as usual. */
  readonly jobs: number;
  readonly seed: number;
  /** How many may wait; any number when left out. */
  readonly waiting?: number;
  /** Boots at once; as many as there are machines when left out. */
  readonly bootsAtOnce?: number;
}

/** What was seen. Times in milliseconds, for the jobs that were counted, in order of their arrival. */
export interface Seen {
  readonly waits: readonly number[];
  /** From request to result. */
  readonly responses: readonly number[];
  /** Jobs without a result, of those that were counted. */
  readonly failed: number;
  /** Machines that were booted. */
  readonly boots: number;
}

/** Runs a simulation to its end. */
export async function simulate(options: SimulationOptions): Promise<Seen> {
  const { machines, rate, recycling, times, jobs, seed } = options;
  const random = seededRandom(seed + 1); // other numbers than those of the arrivals
  const clock = new VirtualClock();
  const jobsSeen: { readonly waitedMs: number; readonly ranMs: number }[] = [];
  let [ended, failed, boots] = [0, 0, 0];
  const early = Math.ceil(jobs / 10);
  const onEvent = (event: PoolEvent) => {
    if (event.type === "booting") boots++;
    if (event.type !== "ended") return;
    ended++;
    if (Number(event.job) <= early) return;
    if (event.machine === null) failed++;
    else jobsSeen[Number(event.job)] = event;
  };
  const pool = new Pool({
    machines: simulatedMachines(times, clock, seed + 2),
    size: machines,
    recycling,
    queue: { waiting: options.waiting ?? Number.MAX_SAFE_INTEGER },
    boots: { atOnce: options.bootsAtOnce ?? machines },
    health: { everyMs: 3_600_000 }, // simulated machines do not fall ill
    ...{ clock, random, onEvent },
  });
  let ready = false;
  void pool.ready(machines).then(() => ready = true);
  await clock.run(() => ready);
  const arrivals = { rate, count: early + jobs, seed };
  void arrive(clock, arrivals, () => pool.run({ language: "sh", code: "" }));
  await clock.run(() => ended === early + jobs);
  let closed = false;
  void pool[Symbol.asyncDispose]().then(() => closed = true);
  await clock.run(() => closed);
  const counted = jobsSeen.filter((job) => job !== undefined);
  const waits = counted.map(({ waitedMs }) => waitedMs);
  const responses = counted.map(({ waitedMs, ranMs }) => waitedMs + ranMs);
  return { waits, responses, failed, boots };
}
