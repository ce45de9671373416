// A code interpreter's day: 30 notebooks in Python and R, each in a sandbox that is kept from cell
// to cell. Prints a table; fails where a cell does not do exactly as it must.

import { startAgent } from "../helpers/agent.ts";
import { connect } from "../helpers/job.ts";
import { firstMissing } from "../helpers/need.ts";
import { notebooks } from "./interpreter/notebook.ts";
import { play, type Played } from "./interpreter/run.ts";
import { printTable } from "./table.ts";

const head = ["notebook", "cells", "ms", "slowest", "peak MiB", "denied", ""];

function rowOf({ notebook, ms, slowestMs, peakBytes, denied, faults }: Played): string[] {
  return [
    notebook.name,
    `${notebook.cells.length}`,
    ms.toFixed(0),
    slowestMs.toFixed(0),
    (peakBytes / 2 ** 20).toFixed(0),
    [...denied].join(", ") || "-",
    faults.length === 0 ? "ok" : `${faults.length} NOT OK`,
  ];
}

async function main(): Promise<number> {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  const all: Played[] = [];
  for (const notebook of await notebooks()) {
    const why = firstMissing(notebook.needs);
    if (why !== null) console.log(`left out: ${notebook.name}: ${why}`);
    else all.push(await play(client, notebook));
  }
  printTable([head, ...all.map(rowOf)]);
  const sum = (of: (one: Played) => number) => all.reduce((total, one) => total + of(one), 0);
  const faults = all.flatMap((one) => one.faults);
  const cells = sum(({ notebook }) => notebook.cells.length);
  const seconds = (sum(({ ms }) => ms) / 1000).toFixed(1);
  console.log(`\n${all.length} notebooks, ${cells} cells in ${seconds} s, ${faults.length} faults`);
  for (const fault of faults) console.log(fault);
  return faults.length === 0 ? 0 : 1;
}

Deno.exit(await main());
