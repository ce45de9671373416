// `deno task moments`: lets something happen to one of an agent's processes at random moments, again
// and again under load, and prints a table.

import { parseArgs } from "node:util";
import { TemporaryDirectory } from "../../scripts/tools/temporary_directory.ts";
import { Campaign, type Outcome } from "./campaign.ts";
import { report } from "./report.ts";
import { momentOf, named, type Victim, victims } from "./moment.ts";

const usage = `Usage: deno task moments [options]

  --count N      moments for each victim (default 50)
  --victim NAME  only that one, more than once if wanted: ${victims.join(", ")}
  --seed N       decides everything that is random (default: a new one, which is printed)
  --number N     only the moment of that number, and --count times
  --workers N    agents at once (default 2)
  --seconds N    begin none after that time
  --agent FILE   a compiled agent instead of the source: it starts sooner

A signal ends it with the table of what came until then.`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      count: { type: "string" },
      victim: { type: "string", multiple: true },
      seed: { type: "string" },
      number: { type: "string" },
      workers: { type: "string", default: "2" },
      seconds: { type: "string", default: "Infinity" },
      agent: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const of = (values.victim ?? victims) as readonly Victim[];
  const unknown = of.find((name) => !victims.includes(name));
  if (unknown !== undefined) throw new Error(`There is no victim "${unknown}"`);
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1e6));
  const count = Number(values.count ?? (values.number === undefined ? 50 : 1));
  const numbers = values.number === undefined
    ? Array.from({ length: count * of.length }, (_, index) => index)
    : Array<number>(count).fill(Number(values.number));
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const victimWords = values.victim?.map((name) => ` --victim ${name}`).join("") ?? "";
  console.log(`seed ${seed}`);
  const outcomes: Outcome[] = [];
  let surprises = 0;
  const print = () => {
    for (const line of report(outcomes)) console.log(line);
    const minutes = (seconds() / 60).toFixed(1);
    console.log(`${outcomes.length} moments, ${surprises} surprises, ${minutes} minutes`);
    return Promise.resolve();
  };
  await using directory = await TemporaryDirectory.make("sallyport-moments-");
  directory.beforeEnd = print;
  Deno.env.set("TMPDIR", directory.path); // agents and their sockets go with it
  const rest = numbers.values();
  await Promise.all(Array.from({ length: Number(values.workers) }, async () => {
    await using campaign = new Campaign({ program: values.agent });
    for (const number of rest) {
      if (seconds() > Number(values.seconds)) return;
      const moment = momentOf(seed, number, of);
      const outcome = await campaign.try(moment);
      outcomes.push(outcome);
      if (outcome.surprise === undefined) continue;
      surprises++;
      console.log(`SURPRISE ${named(moment)}: ${outcome.surprise}`);
      console.log(`  again: deno task moments --seed ${seed} --number ${number}${victimWords}`);
    }
  }));
  await print();
  return surprises === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
