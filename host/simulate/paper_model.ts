// The queue on paper: Poisson arrivals, any service time, c machines (M/G/c), as an approximation.
//
// How likely a wait is: A. K. Erlang's formula of 1917 (Erlang C). How long it is on average: the
// approximation of Allen and Cunneen, in A. O. Allen, "Probability, Statistics, and Queueing Theory"
// (Academic Press, 1978; second edition 1990): the wait with exponential service times, by half the
// sum of the squared coefficients of variation of arrivals and service times. That the waits of those
// who wait are spread exponentially is exact for exponential service times only.

import { Distribution } from "./distribution.ts";

/** What is asked of. Times in milliseconds. */
export interface Load {
  readonly machines: number;
  /** Arrivals a second. */
  readonly rate: number;
  /** From a job's hand-over until its machine is free again. */
  readonly held: { readonly mean: number; readonly scv: number };
}

/** The chance that an arrival must wait, with `offered` machines busy on average. */
export function erlangC(machines: number, offered: number): number {
  if (offered >= machines) return 1;
  let blocked = 1; // Erlang B, by its recursion over the number of machines: no factorials
  for (let count = 1; count <= machines; count++) {
    blocked = offered * blocked / (count + offered * blocked);
  }
  const busy = offered / machines;
  return blocked / (1 - busy * (1 - blocked));
}

/** Part of the time that a machine is held; from 1 on there is no balance. */
export function utilization({ machines, rate, held }: Load): number {
  return rate * held.mean / 1000 / machines;
}

/** Mean wait of all arrivals. */
export function meanWait(load: Load): number {
  const { machines, rate, held } = load;
  const busy = utilization(load);
  if (busy >= 1) return Infinity;
  const free = machines * (1 - busy) / held.mean; // machines that become free in a millisecond, less arrivals
  return erlangC(machines, rate * held.mean / 1000) / free * (1 + held.scv) / 2;
}

/** The chance to wait longer than `ms`. */
export function waitsLonger(load: Load, ms: number): number {
  if (utilization(load) >= 1) return 1;
  const waits = erlangC(load.machines, load.rate * load.held.mean / 1000);
  if (ms < 0) return 1;
  if (waits === 0) return 0;
  return waits * Math.exp(-ms * waits / meanWait(load));
}

/** Steps in which run times are added to waits. */
const STEPS = 400;

/** The time from request to result that the part `part` of all jobs does not exceed. */
export function responseQuantile(load: Load, run: Distribution, part: number): number {
  if (utilization(load) >= 1) return Infinity;
  const runs = Array.from({ length: STEPS }, (_, step) => run.quantile((step + 0.5) / STEPS));
  const { machines, rate, held } = load;
  const waits = erlangC(machines, rate * held.mean / 1000);
  const decay = waits / meanWait(load);
  const longer = (ms: number) =>
    runs.reduce((sum, one) => sum + (one > ms ? 1 : waits * Math.exp(-(ms - one) * decay)), 0) /
    STEPS;
  let [low, high] = [0, run.quantile(1) + 1];
  while (longer(high) > 1 - part) high *= 2;
  while (high - low > 1e-3 * high) {
    const middle = (low + high) / 2;
    if (longer(middle) > 1 - part) low = middle;
    else high = middle;
  }
  return high;
}
