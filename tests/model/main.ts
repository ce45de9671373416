// `deno task model`: plays random sequences on real agents beside the model of the protocol.
//
// Sequences are played in batches. Each batch has a seed and an agent of its own, so that a number of
// them can be done now and the others later.

import { parseArgs } from "node:util";
import { TemporaryDirectory } from "../../scripts/tools/temporary_directory.ts";
import { startAgent } from "../helpers/agent.ts";
import { check } from "./sequences.ts";
import { Tally } from "./tally.ts";

const usage = `Usage: deno task model [options]

  --sequences N  how many to play (default: 20000)
  --seed N       seed of the first batch of 500 (default: 1); the next batch has the next one`;

const BATCH = 500;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      sequences: { type: "string", default: "20000" },
      seed: { type: "string", default: "1" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const began = performance.now();
  const seconds = () => ((performance.now() - began) / 1000).toFixed(0);
  const tally = new Tally();
  const print = () => {
    for (const line of tally.lines()) console.log(line);
    console.log(`${tally.sequences} sequences without a difference in ${seconds()} s`);
    return Promise.resolve();
  };
  await using directory = await TemporaryDirectory.make("sallyport-model-");
  directory.beforeEnd = print;
  Deno.env.set("TMPDIR", directory.path); // agents and their sockets go with it
  let seed = Number(values.seed);
  for (let left = Number(values.sequences); left > 0; left -= BATCH, seed++) {
    const sequences = Math.min(BATCH, left);
    await using agent = await startAgent();
    try {
      await check(agent.path, { sequences, seed, tally });
    } catch (error) {
      console.error(`${(error as Error).message}\n${agent.stderr()}`);
      return 1;
    }
    console.log(
      `seed ${seed}: ${tally.sequences} sequences, ${tally.actions} actions, ${seconds()} s`,
    );
  }
  await print();
  return 0;
}

if (import.meta.main) Deno.exit(await main());
