// The fuzzer finds what hides behind several conditions.
//
// In a process of its own: V8 counts only what no counting before has seen optimized.

import assert from "node:assert/strict";
import { parseLine } from "../../protocol/json_line.ts";
import { Coverage } from "./coverage.ts";
import { fuzz, type Target } from "./fuzz.ts";

const seed = Number(Deno.env.get("SALLYPORT_SEED") ?? 1);

Deno.test("the fuzzer is led by coverage to an error behind seventeen brackets", async () => {
  const coverage = new Coverage();
  await coverage.start();
  const broken: Target = {
    name: "broken",
    seeds: ["x"],
    words: ["[", "]", "x", "1"],
    run(bytes) {
      const error = problemOf(() => parseLine(bytes));
      if (error?.message.includes("nested")) throw new Error("found");
    },
  };
  try {
    const { found } = await fuzz(broken, coverage, [], { seconds: 60, seed });
    assert.equal((found?.error as Error | undefined)?.message, "found");
  } finally {
    coverage.stop();
  }
});

function problemOf(take: () => void): Error | undefined {
  try {
    take();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
