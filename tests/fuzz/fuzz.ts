// A fuzzer that is guided by coverage: an input that runs something new is kept, and changed further.
//
// It runs in this runtime, on the code as it is. Coverage is taken after each input, which costs about
// a millisecond: taken less often, it could not say how often one input ran a loop.

import type { Coverage } from "./coverage.ts";
import { mutate, randomFrom } from "./mutate.ts";

/** Code that takes any bytes. */
export interface Target {
  readonly name: string;
  /** Inputs to begin with. */
  readonly seeds: readonly (string | Uint8Array)[];
  /** Words that it knows. */
  readonly words: readonly string[];
  /** Throws where a property does not hold. */
  run(bytes: Uint8Array<ArrayBuffer>): void | Promise<void>;
}

/** What came of it. */
export interface Outcome {
  readonly inputs: number;
  /** Inputs of which each ran something that none before it did. */
  readonly corpus: readonly Uint8Array<ArrayBuffer>[];
  /** Pieces of code that ran, with how often in powers of two. */
  readonly covered: number;
  readonly found?: { readonly input: Uint8Array; readonly error: unknown };
}

/** What one input may take, also on a slow machine: nothing parses longer than a few milliseconds. */
const LIMIT_MS = 2_000;
const encoder = new TextEncoder();

/** Fuzzes `target` for so long, from its seeds and `corpus`. */
export async function fuzz(
  target: Target,
  coverage: Coverage,
  corpus: readonly Uint8Array[],
  { seconds, seed }: { seconds: number; seed: number },
): Promise<Outcome> {
  const random = randomFrom(seed);
  const known = new Set<string>();
  const kept: Uint8Array<ArrayBuffer>[] = [];
  let inputs = 0;

  const isNew = async () => {
    const before = known.size;
    for (const piece of await coverage.take()) known.add(piece);
    return known.size > before;
  };
  const tried = async (input: Uint8Array<ArrayBuffer>) => {
    inputs++;
    const began = performance.now();
    await target.run(input.slice());
    const took = performance.now() - began;
    if (took > LIMIT_MS) throw new Error(`took ${took.toFixed(0)} ms`);
  };
  const done = (found?: Outcome["found"]) => ({ inputs, corpus: kept, covered: known.size, found });

  const first = [...target.seeds.map((one) => typeof one === "string" ? encoder.encode(one) : one)];
  await coverage.take();
  let current: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  try {
    for (const input of [...first, ...corpus]) {
      await tried(current = input.slice());
      if (await isNew()) kept.push(current);
    }
    if (kept.length === 0) kept.push(new Uint8Array(0));
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      // The newest are changed more often: there is more to find behind them.
      const pick = Math.max(random(kept.length), random(kept.length));
      await tried(current = mutate(kept[pick], kept, target.words, random));
      if (await isNew()) kept.push(current);
    }
  } catch (error) {
    return done({ input: current, error });
  }
  return done();
}
