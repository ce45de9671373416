// What is kept of fuzzing: the inputs, one file for a target, each line an input in base64; and how
// long each target has been fuzzed in all.

import type { Target } from "./fuzz.ts";
import { hostTargets } from "./targets_host.ts";
import { kernelTargets } from "./targets_kernel.ts";
import { protocolTargets } from "./targets_protocol.ts";

/** All targets. */
export const targets: readonly Target[] = [...protocolTargets, ...hostTargets, ...kernelTargets];

const pathOf = (name: string) => new URL(`corpus/${name}.txt`, import.meta.url);
/** The most bytes of one target's file: the whole corpus stays below 200 kB. */
const MOST = 16_000;

/** The inputs that are kept for a target. */
export function readCorpus(name: string): Uint8Array[] {
  try {
    const lines = Deno.readTextFileSync(pathOf(name)).split("\n");
    return lines.filter((line) => line !== "").map((line) => Uint8Array.fromBase64(line));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Keeps inputs, the shortest first, as many as fit. */
export function writeCorpus(name: string, inputs: readonly Uint8Array[]) {
  const lines = [...new Set(inputs.map((input) => input.toBase64()))]
    .toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1));
  let size = 0;
  const kept = lines.filter((line) => (size += line.length + 1) <= MOST);
  Deno.mkdirSync(new URL("corpus/", import.meta.url), { recursive: true });
  Deno.writeTextFileSync(pathOf(name), kept.join("\n") + "\n");
}

const timePath = new URL("time.json", import.meta.url);

/** Adds to the processor time that a target has been fuzzed for. Returns the sum, in seconds. */
export function addTime(name: string, seconds: number): number {
  using held = Deno.openSync(timePath, { append: true, create: true });
  held.lockSync(true); // others of this run add theirs
  const text = Deno.readTextFileSync(timePath);
  const times: Record<string, number> = text === "" ? {} : JSON.parse(text);
  times[name] = Math.round((times[name] ?? 0) + seconds);
  const sorted = Object.fromEntries(Object.entries(times).toSorted(([a], [b]) => a < b ? -1 : 1));
  Deno.writeTextFileSync(timePath, JSON.stringify(sorted, null, 2) + "\n");
  return times[name];
}
