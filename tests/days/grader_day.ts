// A grader's day: 58 submissions in C++, each built once and run on 20 inputs, a sandbox for each
// run, in turn with bubblewrap. Prints a table; fails where a verdict is not what its author intends.

import { median } from "../../scripts/tools/quantile.ts";
import { startAgent } from "../helpers/agent.ts";
import { connect } from "../helpers/job.ts";
import { bubblewrap } from "./grader/bubblewrap.ts";
import { grade, type Graded } from "./grader/day.ts";
import { submissions } from "./grader/submissions.ts";
import { printTable } from "./table.ts";

const sum = (times: readonly number[]) => times.reduce((total, time) => total + time, 0);
const ms = (value: number) => Number.isNaN(value) ? "-" : value.toFixed(1);

function rowOf({ submission, says, buildMs, times, peerTimes, denied }: Graded): string[] {
  const { name, intends } = submission;
  return [
    name,
    says === intends ? says : `${says}, NOT ${intends}`,
    buildMs.toFixed(0),
    `${times.length}`,
    ms(median(times)),
    ms(median(peerTimes)),
    [...denied].join(", ") || "-",
  ];
}

async function main(): Promise<number> {
  await using peer = await bubblewrap();
  if (peer === null) console.log("bwrap is not installed, or does not run here: left out");
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  const all: Graded[] = [];
  for (const submission of await submissions()) {
    all.push(await grade(client, submission, { buildMs: 10_000, peer }));
  }
  const head = ["submission", "verdict", "build ms", "runs", "run ms", "bwrap ms", "denied"];
  printTable([head, ...all.map(rowOf)]);
  const times = all.flatMap((one) => one.times);
  const both = all.filter(({ peerTimes }) => peerTimes.length > 0);
  const [own, other] = [both.flatMap((one) => one.times), both.flatMap((one) => one.peerTimes)];
  const right = all.filter(({ says, submission }) => says === submission.intends).length;
  console.log(`
${all.length} submissions, ${right} verdicts as intended, ${times.length} runs in ${
    (sum(times) / 1000).toFixed(1)
  } s; builds ${(sum(all.map((one) => one.buildMs)) / 1000).toFixed(1)} s`);
  if (other.length > 0) {
    printTable([
      [`the ${own.length} runs that end by themselves`, "median ms", "total s", "of bwrap's total"],
      ["Sallyport", ms(median(own)), ms(sum(own) / 1000), (sum(own) / sum(other)).toFixed(2)],
      ["bwrap, the same root, ids, filter", ms(median(other)), ms(sum(other) / 1000), "1"],
    ]);
    const differing = both.filter(({ differs }) => differs > 0);
    const names = differing.map(({ submission }) => submission.name).join(", ");
    console.log(`other output or exit code under bwrap: ${names || "none"}`);
  }
  return right === all.length ? 0 : 1;
}

Deno.exit(await main());
