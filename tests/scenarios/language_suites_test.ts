// The languages' own tests pass in a sandbox, under the language's profile.
//
// A program may fail only if its profile refuses on purpose something that it needs, and the result
// names it. Any other failure means that a profile allows too little or that a sandbox lacks
// something. SALLYPORT_TABLE=1 writes the results into tests/real_programs.md.

import assert from "node:assert/strict";
import { projectRoot, startAgent } from "../helpers/agent.ts";
import { type Client, connect, runJob, text } from "../helpers/job.ts";
import { skip } from "../helpers/need.ts";
import { type Suite, type SuiteCase, suites } from "./language_suites.ts";

interface Report {
  readonly name: string;
  /** Number of tests that passed in it; null if the program did not pass. */
  readonly passed: number | null;
  readonly denied: readonly string[];
  /** The end of its output. */
  readonly said: string;
}

async function run(client: Client, suite: Suite, { name, code, files, args }: SuiteCase) {
  for (const [file, content] of Object.entries(files ?? {})) await client.put(file, content);
  const { result, stdout, stderr } = await runJob(client, {
    language: suite.language,
    code,
    args: [...args ?? []],
    timeout_ms: 20_000,
    limits: { processes: 64, memory_bytes: 1 << 30 },
  });
  const outcome = {
    exitCode: result.exit_code ?? null,
    stdout: text(stdout),
    stderr: text(stderr),
  };
  const report: Report = {
    name,
    passed: suite.passed(outcome),
    denied: result.denied.map(({ syscall }) => syscall),
    said: `${result.limit ?? result.status} ${(outcome.stderr || outcome.stdout).slice(-600)}`,
  };
  return report;
}

/** Why a program is allowed to fail; undefined if it should have passed. */
function excuse(suite: Suite, { name, denied }: Report): string | undefined {
  const needs = [...new Set(denied)].toSorted();
  const onPurpose = needs.length > 0 && needs.every((call) => suite.refuses.includes(call));
  return suite.elsewhere[name] ?? (onPurpose ? `needs ${needs.join(", ")}` : undefined);
}

const sections: string[] = [];

function section(suite: Suite, reports: readonly Report[]): string {
  const good = reports.filter(({ passed }) => passed !== null);
  const tests = good.reduce((sum, { passed }) => sum + passed!, 0);
  const lines = [
    `## ${suite.language}: ${suite.from}`,
    "",
    `${good.length} of ${reports.length} programs pass, with ${tests} tests in them.`,
    "",
  ];
  const others = Map.groupBy(
    reports.filter(({ passed }) => passed === null),
    (report) => excuse(suite, report) ?? "should pass",
  );
  for (const [why, list] of others) {
    lines.push(`- ${why} (${list.length}): ${list.map(({ name }) => `\`${name}\``).join(", ")}`);
  }
  if (others.size > 0) lines.push("");
  return lines.join("\n");
}

async function writeSections(): Promise<void> {
  const path = `${projectRoot}tests/real_programs.md`;
  const [before] = (await Deno.readTextFile(path)).split("\n# Languages' own tests");
  const head = [
    "# Languages' own tests",
    "",
    "What does not pass needs something that a sandbox refuses; a refused call is named in the result. Written by",
    "`SALLYPORT_TABLE=1 deno task test tests/scenarios/language_suites_test.ts`.",
    "",
  ].join("\n");
  const parts = [`${before.trimEnd()}\n`, head, ...sections.map((text) => text.trimEnd() + "\n")];
  await Deno.writeTextFile(path, parts.join("\n"));
}

for (const suite of suites) {
  const title = `language suites: ${suite.language}'s own tests`;
  Deno.test(title, async (t) => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    const offered = (await client.info()).languages.some(({ name }) => name === suite.language);
    const cases = offered ? await suite.cases() : `no language "${suite.language}"`;
    if (typeof cases === "string") return skip(t, title, cases);
    const reports: Report[] = [];
    for (const each of cases) reports.push(await run(client, suite, each));
    const wrong = reports.filter((report) =>
      report.passed === null && excuse(suite, report) === undefined
    );
    sections.push(section(suite, reports));
    if (Deno.env.has("SALLYPORT_TABLE") && suite === suites.at(-1)) await writeSections();
    const passed = reports.filter((report) => report.passed !== null).length;
    console.log(`${suite.language}: ${passed} of ${reports.length} programs pass`);
    assert.deepEqual(wrong, [], "these should pass");
    assert.ok(passed >= suite.atLeast, `only ${passed} pass`);
  });
}
