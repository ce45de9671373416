// Statistics of samples from a noisy machine: quantiles, and a ratio of medians with its interval.
//
// Noise here comes in stretches of seconds, so samples of one round are similar. The interval of a
// ratio is therefore found by resampling whole rounds, own samples and peer's together. Resampling
// single samples would give an interval that is too narrow.

import { quantile } from "../tools/quantile.ts";

/** Samples of one thing, by round. A round in which it was not measured is empty. */
export type Rounds = readonly (readonly number[] | undefined)[];

/** The summary of some samples. */
export interface Summary {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
}

/** A ratio of two medians. */
export interface Ratio {
  readonly value: number;
  /** 95 % of the resampled ratios are between these two. Absent if there are too few rounds. */
  readonly low?: number;
  readonly high?: number;
}

/** With fewer rounds, no interval is given. */
const LEAST_ROUNDS = 4;
const RESAMPLES = 400;

/** Count, median and 99th percentile of all rounds. */
export function summarize(rounds: Rounds): Summary {
  const samples = pool(rounds);
  return {
    count: samples.length,
    p50: quantile(samples, 0.5),
    p99: quantile(samples, 0.99),
  };
}

/**
 * Median of `own` over median of `peer`, with a bootstrap interval over the rounds that have both.
 */
export function ratioOf(own: Rounds, peer: Rounds): Ratio {
  const value = quantile(pool(own), 0.5) / quantile(pool(peer), 0.5);
  const both = [...own.keys()].filter((round) => own[round]?.length && peer[round]?.length);
  if (both.length < LEAST_ROUNDS) return { value };
  const random = generator(both.length);
  const ratios = new Float64Array(RESAMPLES);
  for (let i = 0; i < RESAMPLES; i++) {
    const chosen = both.map(() => both[Math.floor(random() * both.length)]);
    const median = (rounds: Rounds) => quantile(pool(chosen.map((round) => rounds[round])), 0.5);
    ratios[i] = median(own) / median(peer);
  }
  return { value, low: quantile(ratios, 0.025), high: quantile(ratios, 0.975) };
}

function pool(rounds: Rounds): number[] {
  return rounds.flatMap((samples) => samples ?? []);
}

/** Numbers in [0, 1), always the same for the same seed: 32-bit xorshift (Marsaglia, 2003). */
function generator(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 0x1_0000_0000;
  };
}
