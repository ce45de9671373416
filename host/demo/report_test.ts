// The demo's tables.

import assert from "node:assert/strict";
import type { PoolEvent } from "../pool/events.ts";
import { jobTable, machineTable } from "./report.ts";

const events: PoolEvent[] = [
  { at: 1, type: "booting", machine: "1" },
  { at: 2, type: "booting", machine: "2" },
  { at: 3, type: "boot_failed", machine: "2", why: "no kernel", failures: 1, pauseMs: 5 },
  { at: 4, type: "ready", machine: "1", bootMs: 3 },
  ...[["1", "exited", "yes"], ["2", "lost", "perhaps"]].map(([job, how, began]) => ({
    ...{ at: 5, type: "ended", job, tenant: "ann", machine: "1", how, began } as const,
    ...{ waitedMs: 1.4, ranMs: 2 },
  } as PoolEvent)),
  { at: 9, type: "died", machine: "1", why: "killed", runs: 2, aliveMs: 5 },
];

Deno.test("each job and each machine has a line that says how it ended", () => {
  const jobs = new Map([["1", { language: "sh", said: "42" }], ["2", {
    language: "c",
    said: "-",
  }]]);
  const lines = (text: string) => text.split("\n").map((line) => line.split(/ {2,}/));
  assert.deepEqual(lines(jobTable(jobs, events)).slice(1), [
    ["1", "sh", "ann", "1", "1 ms", "2 ms", "exited", "42"],
    ["2", "c", "ann", "1", "1 ms", "2 ms", "lost, began: perhaps", "-"],
  ]);
  assert.deepEqual(lines(machineTable(events)).slice(1), [
    ["1", "3 ms", "2", "5 ms", "died: killed"],
    ["2", "-", "0", "-", "no kernel"],
  ]);
  assert.throws(() => jobTable(new Map([["3", { language: "sh", said: "" }]]), events), /not end/);
});
