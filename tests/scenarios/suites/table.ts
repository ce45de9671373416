// What the suites found, as a part of tests/real_programs.md.

import { projectRoot } from "../../helpers/agent.ts";
import { causeOf, type Report } from "./run.ts";
import type { Suite } from "./suite.ts";

/** A suite that ran, and what became of its programs. */
export interface Finished {
  readonly suite: Suite;
  readonly reports: readonly Report[];
}

const title = "# Languages' own tests";

const quoted = (reports: readonly Report[]) =>
  reports.map(({ name }) => `\`${name.replaceAll("|", "\\|")}\``).join(", ");

const under = (reports: readonly Report[], profile: string | null) =>
  reports.filter((report) => report.profile === profile && !report.failsBare);

function summary(all: readonly Finished[]): string[] {
  const rows = all.map(({ suite, reports }) => {
    const counts = ["strict", "programs", "workspace", null].map((name) =>
      under(reports, name).length
    );
    const tests = reports.reduce((sum, report) => sum + report.tests, 0);
    const tried = counts.reduce((sum, count) => sum + count, 0);
    return [suite.language, suite.from, tried, ...counts, tests];
  });
  const total = [
    "all",
    "",
    ...[2, 3, 4, 5, 6, 7].map((column) => rows.reduce((sum, row) => sum + Number(row[column]), 0)),
  ];
  return [
    "| language | from | programs | pass under `strict` | pass under `programs` | pass under `workspace` | fail | tests in them |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ...[...rows, total].map((row) => `| ${row.join(" | ")} |`),
    "",
  ];
}

function failures(all: readonly Finished[]): string[] {
  const rows = all.flatMap(({ suite, reports }) =>
    [...Map.groupBy(under(reports, null), (report) => causeOf(suite, report) ?? "unknown")]
      .map(([cause, list]) => `| ${suite.language} | ${cause} | ${quoted(list)} |`)
  );
  return [
    "## What fails under every profile, and why",
    "",
    "| language | cause | programs |",
    "| --- | --- | --- |",
    ...rows,
    "",
  ];
}

/** Programs that need a wider profile, by what the strict one refused. */
function wider({ suite, reports }: Finished): string[] {
  const lines: string[] = [];
  for (const profile of ["programs", "workspace"]) {
    const groups = Map.groupBy(under(reports, profile), ({ denied }) => {
      const calls = [...new Set(Object.values(denied).flat())].toSorted();
      return calls.length > 0 ? calls.join(", ") : "no call was refused";
    });
    for (const [calls, list] of groups) {
      lines.push(`- under \`${profile}\` (${calls}; ${list.length}): ${quoted(list)}`);
    }
  }
  return lines.length === 0 ? [] : [`## ${suite.language}: ${suite.from}`, "", ...lines, ""];
}

/** Replaces the part of the file that this one writes. */
export async function writeTable(all: readonly Finished[]): Promise<void> {
  const path = `${projectRoot}tests/real_programs.md`;
  const [before] = (await Deno.readTextFile(path)).split(`\n${title}`);
  const parts = [
    before.trimEnd(),
    "",
    title,
    "",
    "Each program is tried under the strict profile, then under the wider ones until it passes. Only programs count",
    "that pass on the same machine without a sandbox. Written by",
    "`SALLYPORT_TABLE=1 deno task test tests/scenarios/language_suites_test.ts`, which runs all of them; without the",
    "variable a sample of each suite runs.",
    "",
    ...summary(all),
    ...failures(all),
    "# Which programs need a wider profile",
    "",
    "In brackets: the calls that a narrower profile refused, and how many programs need them.",
    "",
    ...all.flatMap(wider),
  ];
  await Deno.writeTextFile(path, `${parts.join("\n").trimEnd()}\n`);
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "-q", path] }).output();
}
