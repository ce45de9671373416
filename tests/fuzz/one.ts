// Fuzzes one target in this process, and keeps what it found.
//
//     deno run -A tests/fuzz/one.ts --seconds N --seed N [--keep] TARGET

import { cpuUsage } from "node:process";
import { parseArgs } from "node:util";
import { StopSignal } from "../helpers/stop_signal.ts";
import { addTime, readCorpus, targets, writeCorpus } from "./corpus.ts";
import { Coverage } from "./coverage.ts";
import { fuzz } from "./fuzz.ts";

const { values, positionals: [name] } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
    keep: { type: "boolean", default: false },
  },
});
const target = targets.find((one) => one.name === name)!;
using stopped = new StopSignal();
const coverage = new Coverage();
await coverage.start();
const { inputs, corpus, covered, found } = await fuzz(target, coverage, readCorpus(name), {
  seconds: Number(values.seconds),
  seed: Number(values.seed),
  stop: stopped.signal,
});
coverage.stop();
const { user, system } = cpuUsage();
const seconds = Math.min(performance.now() / 1000, (user + system) / 1e6);
console.log(
  `${name}: ${inputs} inputs in ${seconds.toFixed(0)} s, ${corpus.length} kept, ${covered} covered`,
);
if (found !== undefined) {
  console.error(`${name}, seed ${values.seed}: ${JSON.stringify(found.input.toBase64())}`);
  console.error(JSON.stringify(new TextDecoder().decode(found.input)), found.error);
} else if (values.keep) {
  writeCorpus(name, corpus);
  console.log(`${name}: ${(addTime(name, seconds) / 3600).toFixed(2)} h in all`);
}
Deno.exit(found === undefined ? 0 : 1);
