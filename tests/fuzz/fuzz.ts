// A fuzzer that is guided by coverage: an input that runs something new is kept, and changed further.
//
// It runs in this runtime, on the code as it is. To take the coverage costs about a millisecond, far
// more than most inputs. So many inputs are tried before it is taken, and each of them again where it
// has something new. In turn with them one input is tried alone: only so is it seen how often that ran
// a loop.

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

/** How many inputs are tried together. */
const TOGETHER = 32;
/** How many rounds come before the rest of the process has its turn, signals among it. */
const ROUNDS = 50;

/** Fuzzes `target` for so long, or until `stop`, from its seeds and `corpus`. */
export async function fuzz(
  target: Target,
  coverage: Coverage,
  corpus: readonly Uint8Array[],
  { seconds, seed, stop }: { seconds: number; seed: number; stop?: AbortSignal },
): Promise<Outcome> {
  const random = randomFrom(seed);
  const known = new Set<string>();
  /** As `known`, of inputs that were tried together: their counts are sums. */
  const knownTogether = new Set<string>();
  const kept: Uint8Array<ArrayBuffer>[] = [];
  let inputs = 0;
  let current: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  const isNew = async (seen: Set<string>) => {
    const before = seen.size;
    for (const piece of await coverage.take()) seen.add(piece);
    return seen.size > before;
  };
  const timeOf = async (input: Uint8Array<ArrayBuffer>) => {
    const began = performance.now();
    await target.run(input.slice());
    return performance.now() - began;
  };
  const run = async (input: Uint8Array<ArrayBuffer>) => {
    current = input;
    let took = await timeOf(input);
    if (took > LIMIT_MS) took = await timeOf(input); // not when it was the machine that paused
    if (took > LIMIT_MS) throw new Error(`took ${took.toFixed(0)} ms`);
  };
  const tryAlone = async (input: Uint8Array<ArrayBuffer>) => {
    await run(input);
    if (await isNew(known)) kept.push(input);
  };
  // The newest are changed more often: there is more to find behind them.
  const changed = () => {
    const pick = Math.max(random(kept.length), random(kept.length));
    return mutate(kept[pick], kept, target.words, random);
  };
  const done = (found?: Outcome["found"]) => ({ inputs, corpus: kept, covered: known.size, found });

  const first = [...target.seeds.map((one) => typeof one === "string" ? encoder.encode(one) : one)];
  await coverage.take();
  try {
    for (const input of [...first, ...corpus]) {
      inputs++;
      await tryAlone(input.slice());
    }
    if (kept.length === 0) kept.push(new Uint8Array(0));
    const end = performance.now() + seconds * 1000;
    for (let round = 0; performance.now() < end && !stop?.aborted; round++) {
      if (round % ROUNDS === 0) await new Promise((resolve) => setTimeout(resolve));
      const next = Array.from({ length: round % 2 === 0 ? 1 : TOGETHER }, changed);
      inputs += next.length;
      if (next.length > 1) {
        for (const input of next) await run(input);
        if (!await isNew(knownTogether)) continue;
      }
      for (const input of next) await tryAlone(input);
    }
  } catch (error) {
    return done({ input: current, error });
  }
  return done();
}
