// `deno task fuzz [--seconds N] [TARGET...]`: looks for inputs that break a parser's promises.

import { parseArgs } from "node:util";
import { readCorpus, targets, writeCorpus } from "./corpus.ts";
import { Coverage } from "./coverage.ts";
import { fuzz } from "./fuzz.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    keep: { type: "boolean", default: false },
  },
});
const chosen = targets.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
if (chosen.length < positionals.length) {
  console.error(`Cannot find a target: they are ${targets.map(({ name }) => name).join(", ")}`);
  Deno.exit(2);
}
const coverage = new Coverage();
await coverage.start();
let failed = 0;
for (const target of chosen) {
  const options = { seconds: Number(values.seconds), seed: Number(values.seed) };
  const corpus = readCorpus(target.name);
  const { inputs, corpus: kept, covered, found } = await fuzz(target, coverage, corpus, options);
  console.log(`${target.name}: ${inputs} inputs, ${kept.length} kept, ${covered} covered`);
  if (found !== undefined) {
    failed++;
    console.error(`${target.name}, seed ${values.seed}: ${JSON.stringify(found.input.toBase64())}`);
    console.error(JSON.stringify(new TextDecoder().decode(found.input)), found.error);
  } else if (values.keep) writeCorpus(target.name, kept);
}
coverage.stop();
Deno.exit(failed === 0 ? 0 : 1);
