// `deno task faults`: lets every step and every call fail once, in every scenario, and prints a table.

import { parseArgs } from "node:util";
import { seededRandom } from "./random.ts";
import { Campaign, type Outcome, tryStart } from "./campaign.ts";
import { faultsOf, type NamedFault } from "./points.ts";
import { scenarios } from "./scenarios.ts";
import { seenAtStart } from "./subject.ts";

const usage = `Usage: deno task faults [options]

  --scenario NAME  only this one: start, ${Object.keys(scenarios).join(", ")}
  --only TEXT      only faults whose name contains TEXT
  --sample N       N faults of each scenario, chosen by --seed (default: all)
  --seed N         default 1
  --workers N      agents at once (default 4)
  --done FILE      names of faults that were tried, one a line: those are left out, and new ones added`;

/** Counts by kind, most frequent first. */
function tally(outcomes: readonly Outcome[]): string[] {
  const counts = new Map<string, number>();
  for (const { kind } of outcomes) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([kind, count]) => `  ${count} ${kind}`);
}

/** Tries all faults, `workers` at once. */
async function tryAll(
  name: string,
  faults: readonly NamedFault[],
  workers: number,
  after: (outcome: Outcome) => void,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const rest = [...faults].reverse();
  const work = async () => {
    await using campaign = new Campaign();
    if (name !== "start" && rest.length > 0) await campaign.look(name);
    for (let fault = rest.pop(); fault !== undefined; fault = rest.pop()) {
      const outcome = name === "start" ? await tryStart(fault) : await campaign.try(name, fault);
      outcomes.push(outcome);
      after(outcome);
      if (outcome.surprise !== undefined) {
        console.log(`SURPRISE ${fault.name}: ${outcome.surprise}`);
      }
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return outcomes;
}

/** The faults of one scenario. */
async function faultsIn(name: string): Promise<NamedFault[]> {
  if (name === "start") return faultsOf(await seenAtStart());
  await using campaign = new Campaign();
  return faultsOf(await campaign.look(name));
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      scenario: { type: "string", multiple: true },
      only: { type: "string" },
      sample: { type: "string" },
      seed: { type: "string", default: "1" },
      workers: { type: "string", default: "4" },
      done: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const began = performance.now();
  const done = new Set(values.done === undefined ? [] : await lines(values.done));
  const random = seededRandom(Number(values.seed));
  let surprises = 0;
  let points = 0;
  for (const name of values.scenario ?? ["start", ...Object.keys(scenarios)]) {
    let faults = (await faultsIn(name)).filter((fault) => !done.has(`${name}: ${fault.name}`));
    if (values.only !== undefined) faults = faults.filter((one) => one.name.includes(values.only!));
    if (values.sample !== undefined) faults = random.sample(faults, Number(values.sample));
    const start = performance.now();
    const outcomes = await tryAll(name, faults, Number(values.workers), ({ fault }) => {
      if (values.done === undefined) return;
      Deno.writeTextFileSync(values.done, `${name}: ${fault.name}\n`, { append: true });
    });
    const seconds = Math.round((performance.now() - start) / 1000);
    console.log(`${name}: ${outcomes.length} faults in ${seconds} s`);
    for (const line of tally(outcomes)) console.log(line);
    points += outcomes.length;
    surprises += outcomes.filter(({ surprise }) => surprise !== undefined).length;
  }
  const minutes = ((performance.now() - began) / 60_000).toFixed(1);
  console.log(`${points} faults, ${surprises} surprises, ${minutes} minutes`);
  return surprises === 0 ? 0 : 1;
}

async function lines(path: string): Promise<string[]> {
  try {
    return (await Deno.readTextFile(path)).split("\n");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

if (import.meta.main) Deno.exit(await main());
