// How many machines, and how many hosts of them, for so many requests a second in so much time.

import type { Recycling } from "../pool/recycling.ts";
import { quantileOf } from "./distribution.ts";
import { type Load, responseQuantile, utilization } from "./paper_model.ts";
import type { Times } from "./simulated_machine.ts";
import { simulate } from "./simulation.ts";

/** What is wanted, and of what. */
export interface SizingOptions {
  /** Requests a second in all. */
  readonly rate: number;
  /** The part `part` of them must have a result within so many milliseconds. */
  readonly limitMs: number;
  readonly part: number;
  readonly times: Times;
  readonly recycling: Recycling;
  /** The part of the time that machines are held at most: no load is known exactly. */
  readonly mostBusy: number;
  /** The most requests a second that one host's processors can serve; none when left out. */
  readonly mostOfHost?: number;
}

/** What one size of host can do. Times in milliseconds. */
export interface Size {
  readonly machines: number;
  /** Requests a second that one host serves in time, on paper; 0 if none. */
  readonly rate: number;
  /** Part of the time that a machine is held. */
  readonly busy: number;
  readonly paperMs: number;
  /** What bounds it: the time wanted, the most that machines may be busy, or the processors. */
  readonly bound: "time" | "busy" | "processors";
  /** Hosts for all requests; they come to each host by chance. */
  readonly hosts: number;
}

/** From a job's hand-over until its machine takes another. The parts are taken to be independent. */
export function heldTime({ run, renew, boot, end }: Times, recycling: Recycling): Load["held"] {
  const again = typeof recycling === "object"
    ? 1 - 1 / recycling.afterRuns
    : recycling === "never"
    ? 1
    : 0;
  const anew = boot.mean + end.mean;
  const mean = run.mean + again * renew.mean + (1 - again) * anew;
  const variance = [run, renew, boot, end].map((one) => one.scv * one.mean ** 2);
  const spread = variance[0] + again * variance[1] + (1 - again) * (variance[2] + variance[3]) +
    again * (1 - again) * (anew - renew.mean) ** 2;
  return { mean, scv: spread / mean ** 2 };
}

/** The most that a host of so many machines serves in time. */
export function sizeOf(machines: number, options: SizingOptions): Size {
  const { rate: wanted, limitMs, part, times, recycling, mostOfHost = Infinity } = options;
  const held = heldTime(times, recycling);
  const late = (rate: number) => responseQuantile({ machines, rate, held }, times.run, part);
  let [low, high] = [0, machines * 1000 / held.mean];
  if (late(high * 1e-6) > limitMs) high = 0; // a single job takes longer
  while (high - low > 1e-4 * high) {
    const middle = (low + high) / 2;
    if (late(middle) <= limitMs) low = middle;
    else high = middle;
  }
  const most = options.mostBusy * machines * 1000 / held.mean;
  const rate = Math.min(low, most, mostOfHost);
  const bound = rate === low ? "time" : rate === most ? "busy" : "processors";
  return {
    ...{ machines, rate, bound },
    busy: utilization({ machines, rate, held }),
    paperMs: rate === 0 ? NaN : late(rate),
    hosts: rate === 0 ? Infinity : Math.ceil(wanted / rate),
  };
}

/** What the pool's own code did under a load. */
export interface Tried extends Size {
  /** The part `part` of all jobs had their results within so many milliseconds. */
  readonly seenMs: number;
}

/** Steps in which a rate is lowered that paper took for possible. */
const STEP = 0.95;

/** Simulates a size, with less and less load until it is in time. */
export async function tried(
  size: Size,
  options: SizingOptions,
  jobs: number,
  seed: number,
): Promise<Tried> {
  const { machines } = size;
  const { times, recycling, part, limitMs } = options;
  for (let { rate } = size; rate > size.rate / 100; rate *= STEP) {
    const { responses } = await simulate({ machines, rate, recycling, times, jobs, seed });
    const seenMs = quantileOf(responses, part);
    if (seenMs > limitMs) continue;
    const busy = utilization({ machines, rate, held: heldTime(times, recycling) });
    return { ...size, rate, busy, seenMs, hosts: Math.ceil(options.rate / rate) };
  }
  return { ...size, rate: 0, busy: 0, seenMs: NaN, hosts: Infinity };
}
