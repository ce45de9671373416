// What is measured of a client: small runs in turns with the others, and a long output beside a
// short one.

import { median } from "../../tools/quantile.ts";
import type { Kind } from "./kinds.ts";
import type { Output } from "./driven.ts";

/** A kind that can be started here. */
export type Startable = Kind & { start: Extract<Kind["start"], CallableFunction> };

/** Whether it can. */
export const isStartable = (kind: Kind): kind is Startable => typeof kind.start === "function";

/** Time between two runs: the agent prepares the next one meanwhile. */
const pauseMs = 30;

/** The median of each kind's small runs, in milliseconds. They take turns. */
export async function hellos(
  kinds: readonly Startable[],
  target: string,
  rounds: number,
): Promise<number[]> {
  await using stack = new AsyncDisposableStack();
  const clients = [];
  for (const { start } of kinds) clients.push(stack.use(await start(target)));
  const samples: number[][] = kinds.map(() => []);
  for (let round = -1; round < rounds; round++) {
    for (const [i, client] of clients.entries()) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      const ms = await client.hello();
      if (round >= 0) samples[i].push(ms); // the first one loads what is used later
    }
  }
  return samples.map((ms) => median(ms));
}

/** An output, and the most memory that the client had in the end. */
export interface Watched extends Output {
  readonly peakMib: number;
}

/** One output of `bytes` bytes, taken by a fresh client. */
export async function watchOutput(
  kind: Startable,
  target: string,
  bytes: number,
): Promise<Watched> {
  await using client = await kind.start(target);
  const output = await client.output(Math.min(bytes, kind.outputBytes ?? bytes));
  return { ...output, peakMib: client.peakMib() };
}

/** What a long output may cost more than a short one: it must not pile up anywhere. */
export const flatMib = 64;
