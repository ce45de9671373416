// Interpreters that wait, in the guest: they serve as on any machine, and their figures.

import assert from "node:assert/strict";
import { median } from "../../../scripts/tools/quantile.ts";
import { coldly } from "../../helpers/warm.ts";
import { type Scenario, type Stage, text, withClient } from "../guest/scenario.ts";

/** Pairs of runs: one that an interpreter waits for, one that is started with its request. */
const PAIRS = 7;

/** Longer than an emulated interpreter needs until it waits. */
const REST_MS = 1_200;

const hello: Readonly<Record<string, string>> = {
  python: "print('hello')",
  perl: 'print "hello\\n"',
};

async function compare(stage: Stage, language: string): Promise<void> {
  const times: Record<"warm" | "cold", number[]> = { warm: [], cold: [] };
  await withClient(stage, async (client) => {
    await client.run({ language, code: "" }).result;
    for (let pair = 0; pair < PAIRS; pair++) {
      for (const kind of ["warm", "cold"] as const) {
        await new Promise((resolve) => setTimeout(resolve, REST_MS));
        const env = kind === "cold" ? coldly : {};
        const started = performance.now();
        const result = await client.run({ language, code: hello[language], env }).result;
        times[kind].push(performance.now() - started);
        assert.equal(text(result.output.stdout), "hello\n", text(result.output.stderr));
        assert.equal(text(result.output.stderr), "");
        assert.equal(result.timing.ahead_cpu_ms !== undefined, kind === "warm", kind);
      }
    }
  });
  const [warm, cold] = [median(times.warm), median(times.cold)];
  const figures = `${warm.toFixed(1)} ms warm, ${cold.toFixed(1)} ms cold`;
  console.log(`        ${language} hello: ${figures}, ${(warm / cold).toFixed(2)} x`);
  assert.ok(warm < cold, figures);
}

/** In the order they are run. */
export const warmScenarios: readonly Scenario[] = Object.keys(hello).map((language) => ({
  name: `an interpreter that waits is there in the guest: ${language}`,
  run: (stage) => compare(stage, language),
}));
