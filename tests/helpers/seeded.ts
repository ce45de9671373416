// Chance that a seed decides: the same seed, the same choices.

import { randomOf } from "./random.ts";

/** A source of random numbers. */
export interface Random {
  /** From 0 to below `limit`. */
  below(limit: number): number;
  /** `count` of `items`, in their order. */
  sample<T>(items: readonly T[], count: number): T[];
  /** One of `items`. */
  one<T>(items: readonly T[]): T;
}

/** The source that begins with `seed`. */
export function seededRandom(seed: number): Random {
  const next = randomOf(seed);
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    one: (items) => items[below(items.length)],
    sample: (items, count) => {
      let left = Math.min(count, items.length);
      return items.filter((_, index) => {
        if (next() >= left / (items.length - index)) return false;
        left--;
        return true;
      });
    },
  };
}
