// A second of fuzzing for each parser, from the inputs that are kept.

import assert from "node:assert/strict";
import { readCorpus, targets } from "./corpus.ts";
import { Coverage } from "./coverage.ts";
import { fuzz } from "./fuzz.ts";

const seconds = Number(Deno.env.get("SALLYPORT_FUZZ_SECONDS") ?? 1);
const seed = Number(Deno.env.get("SALLYPORT_SEED") ?? 1);

Deno.test(`fuzzing each of ${targets.length} parsers for ${seconds} s finds nothing`, async (t) => {
  const coverage = new Coverage();
  await coverage.start();
  try {
    for (const target of targets) {
      await t.step(target.name, async () => {
        const corpus = readCorpus(target.name);
        const { found, inputs } = await fuzz(target, coverage, corpus, { seconds, seed });
        assert.ok(inputs >= corpus.length);
        if (found === undefined) return;
        assert.fail(`${found.input.toBase64()}: ${(found.error as Error).stack}`);
      });
    }
  } finally {
    coverage.stop();
  }
});
