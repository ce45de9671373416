// `deno task faults`: lets every step and every call fail once, in every scenario, and prints a table.

import { parseArgs } from "node:util";
import { seededRandom } from "../helpers/seeded.ts";
import { TemporaryDirectory } from "../../scripts/tools/temporary_directory.ts";
import { Campaign, type Outcome, tryStart } from "./campaign.ts";
import { faultsOf, type NamedFault } from "./points.ts";
import { scenarios } from "./scenarios.ts";
import { seenAtStart } from "./subject.ts";
import {
  TracedCampaign,
  type TracedFault,
  tracedFaults,
  tracedName,
  type TracedOutcome,
  tracedStart,
  tryTracedStart,
} from "./traced.ts";
import { strace } from "./tracer.ts";

const usage = `Usage: deno task faults [options] [agent-strace]

  agent-strace     only the faults in the calls of the agent's process, by strace(1); they come last
                   where no stage is named
  --scenario NAME  only this one: start, ${Object.keys(scenarios).join(", ")}
  --only TEXT      only faults whose name contains TEXT
  --sample N       N faults of each scenario, chosen by --seed (default: all)
  --seed N         default 1
  --workers N      agents at once (default 4)
  --done FILE      names of faults that were tried, one a line: those are left out, and new ones added

A signal ends it with the counts until then.`;

/** What every kind of outcome has. */
type Told = Pick<Outcome, "kind" | "surprise">;

/** Counts by kind, most frequent first. */
function tally(outcomes: readonly Told[]): string[] {
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
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return outcomes;
}

/** Tries faults in the calls of the agent's process, with one agent for each worker. */
async function tryTraced(
  name: string,
  faults: readonly TracedFault[],
  workers: number,
  after: (outcome: TracedOutcome) => void,
): Promise<TracedOutcome[]> {
  const outcomes: TracedOutcome[] = [];
  const rest = [...faults].reverse();
  const work = async () => {
    await using campaign = new TracedCampaign();
    for (let fault = rest.pop(); fault !== undefined; fault = rest.pop()) {
      const outcome = name === "start"
        ? await tryTracedStart(fault)
        : await campaign.try(name.replace("threads: ", ""), fault);
      outcomes.push(outcome);
      after(outcome);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return outcomes;
}

/** Such faults of one scenario: in the main thread, or in all threads. */
async function tracedIn(name: string): Promise<TracedFault[]> {
  if (name === "start") return tracedFaults(await tracedStart());
  await using campaign = new TracedCampaign();
  const threads = name.startsWith("threads: ");
  return tracedFaults(await campaign.look(name.replace("threads: ", ""), threads), threads);
}

/** The faults of one scenario. */
async function faultsIn(name: string): Promise<NamedFault[]> {
  if (name === "start") return faultsOf(await seenAtStart());
  await using campaign = new Campaign();
  return faultsOf(await campaign.look(name));
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
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
  if (positionals.some((stage) => stage !== "agent-strace")) throw new Error(usage);
  const began = performance.now();
  const done = new Set(values.done === undefined ? [] : await lines(values.done));
  const random = seededRandom(Number(values.seed));
  let surprises = 0;
  let points = 0;
  const print = () => {
    const minutes = ((performance.now() - began) / 60_000).toFixed(1);
    console.log(`${points} faults, ${surprises} surprises, ${minutes} minutes`);
    return Promise.resolve();
  };
  await using directory = await TemporaryDirectory.make("sallyport-faults-");
  directory.beforeEnd = print;
  Deno.env.set("TMPDIR", directory.path); // agents and their sockets go with it

  /** Tries what is left of `all` faults of a scenario, and prints how they ended. */
  async function stage<Fault, Ended extends Told>(
    name: string,
    all: readonly Fault[],
    nameOf: (fault: Fault) => string,
    tryAll: (faults: readonly Fault[], after: (outcome: Ended) => void) => Promise<Ended[]>,
    told: (outcome: Ended) => string,
  ): Promise<void> {
    let faults = all.filter((fault) => !done.has(`${name}: ${nameOf(fault)}`));
    if (values.only !== undefined) {
      faults = faults.filter((one) => nameOf(one).includes(values.only!));
    }
    if (values.sample !== undefined) faults = random.sample(faults, Number(values.sample));
    const start = performance.now();
    const outcomes = await tryAll(faults, (outcome) => {
      points++;
      if (outcome.surprise !== undefined) {
        surprises++;
        console.log(`SURPRISE ${name}: ${told(outcome)}: ${outcome.surprise}`);
      }
      if (values.done === undefined) return;
      Deno.writeTextFileSync(values.done, `${name}: ${told(outcome)}\n`, { append: true });
    });
    const seconds = Math.round((performance.now() - start) / 1000);
    console.log(`${name}: ${outcomes.length} of ${all.length} faults in ${seconds} s`);
    for (const line of tally(outcomes)) console.log(line);
  }

  const workers = Number(values.workers);
  const names = values.scenario ?? ["start", ...Object.keys(scenarios)];
  for (const name of positionals.length > 0 ? [] : names) {
    await stage(
      name,
      await faultsIn(name),
      (fault: NamedFault) => fault.name,
      (faults, after) => tryAll(name, faults, workers, after),
      ({ fault }: Outcome) => fault.name,
    );
  }
  const missing = strace.missing();
  if (missing !== null) console.log(`SKIPPED: agent-strace: ${missing}`);
  const traced = values.scenario ?? [...names, "threads: hello"];
  for (const name of missing !== null ? [] : traced) {
    await stage(
      `agent-strace ${name}`,
      await tracedIn(name),
      tracedName,
      (faults, after) => tryTraced(name, faults, workers, after),
      ({ name }: TracedOutcome) => name,
    );
  }
  await print();
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
