// Programs that nobody here wrote pass in a sandbox as they do outside it: the languages' own tests,
// and those of libraries.
//
// Each is tried under the strict profile, then under the wider ones. One that passes under none
// fails the test, unless its suite names the cause, or it fails on this machine without a sandbox
// too. A sample of each suite runs; SALLYPORT_SUITES=all runs everything, and SALLYPORT_TABLE=1
// writes the results into tests/real_programs.md besides.

import assert from "node:assert/strict";
import { type AgentOptions, startAgent } from "../helpers/agent.ts";
import { copyDeno } from "../helpers/deno_of_jobs.ts";
import { connect } from "../helpers/job.ts";
import { skip } from "../helpers/need.ts";
import { suites } from "./suites/all.ts";
import { causeOf, type Report, tryProgram } from "./suites/run.ts";
import { casesOf, sampleOf, type Suite, type SuiteCase } from "./suites/suite.ts";
import { type Finished, writeTable } from "./suites/table.ts";

const forTable = Deno.env.has("SALLYPORT_TABLE");
const everything = forTable || Deno.env.get("SALLYPORT_SUITES") === "all";
const finished: Finished[] = [];

/** Takes programs from the queue until it is empty, in an agent of its own. */
async function work(
  suite: Suite,
  queue: SuiteCase[],
  reports: Report[],
  options: AgentOptions = {},
): Promise<void> {
  await using agent = await startAgent(options);
  await using client = await connect(agent.target);
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    reports.push(await tryProgram(client, suite, next));
  }
}

async function offers(language: string, options?: AgentOptions): Promise<boolean> {
  await using agent = await startAgent(options);
  await using client = await connect(agent.target);
  return (await client.info()).languages.some(({ name }) => name === language);
}

for (const suite of suites) {
  const title = `language suites: ${suite.language}, ${suite.from}`;
  Deno.test(title, async (t) => {
    await using deno = suite.language === "typescript" ? await copyDeno() : null;
    const offered = await offers(suite.language, deno?.options);
    const cases = offered ? await casesOf(suite) : `no language "${suite.language}"`;
    if (typeof cases === "string") return skip(t, title, cases);
    const reports: Report[] = [];
    const queue = [...everything ? cases : sampleOf(cases, suite.sample)];
    const started = performance.now();
    const worker = () => work(suite, queue, reports, deno?.options);
    await Promise.all([worker(), worker()]);
    reports.sort((a, b) => a.name < b.name ? -1 : 1);
    const passed = reports.filter(({ profile }) => profile !== null);
    const narrowest = Object.entries(Object.groupBy(passed, ({ profile }) => profile!))
      .map(([profile, list]) => `${profile} ${list!.length}`).join(", ");
    console.log(
      `${suite.language}, ${suite.from}: ${passed.length} of ${reports.length} programs pass ` +
        `(${narrowest}), ${((performance.now() - started) / 1000).toFixed(1)} s`,
    );
    for (const { name, failsBare, ms } of reports) {
      if (ms > 5000) console.log(`  slow: ${name}, ${(ms / 1000).toFixed(1)} s`);
      if (failsBare) console.log(`  fails outside a sandbox too: ${name}`);
    }
    finished.push({ suite, reports });
    if (forTable && suite === suites.at(-1)) await writeTable(finished);
    const wrong = reports.filter((report) =>
      report.profile === null && !report.failsBare && causeOf(suite, report) === undefined
    );
    assert.deepEqual(wrong, [], "these should pass");
    const least = everything ? suite.atLeast.all : suite.atLeast.sample;
    assert.ok(passed.length >= least, `only ${passed.length} of ${least} pass`);
  });
}
