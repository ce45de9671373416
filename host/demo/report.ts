// What happened in the demo, as tables of its events.

import type { PoolEvent } from "../pool/events.ts";

/** What is known of one job beside its events. */
export interface DemoJob {
  readonly language: string;
  /** What it printed, or why there is nothing. */
  readonly said: string;
}

const ms = (time: number) => `${time.toFixed(0)} ms`;

/** The jobs in the order in which they came. `jobs` has each job's name. */
export function jobTable(
  jobs: ReadonlyMap<string, DemoJob>,
  events: readonly PoolEvent[],
): string {
  const rows = [["job", "language", "tenant", "machine", "waited", "ran", "status", "said"]];
  for (const [name, { language, said }] of jobs) {
    const end = events.find((one) => one.type === "ended" && one.job === name);
    if (end?.type !== "ended") throw new Error(`Job ${name} did not end`);
    const status = end.how === "lost" ? `lost, began: ${end.began}` : end.how;
    const times = [ms(end.waitedMs), ms(end.ranMs)];
    rows.push([name, language, end.tenant, end.machine ?? "-", ...times, status, said]);
  }
  return table(rows);
}

/** The machines in the order in which they were booted. */
export function machineTable(events: readonly PoolEvent[]): string {
  const rows = [["machine", "booted in", "jobs", "lived", "end"]];
  for (const boot of events.filter((one) => one.type === "booting")) {
    const of = events.filter((one) => "machine" in one && one.machine === boot.machine);
    const ready = of.find((one) => one.type === "ready");
    const end = of.find((one) => one.type === "died" || one.type === "recycled");
    const failed = of.find((one) => one.type === "boot_failed");
    const jobs = of.filter((one) => one.type === "ended").length;
    rows.push([
      boot.machine,
      ready?.type === "ready" ? ms(ready.bootMs) : "-",
      String(jobs),
      end === undefined ? "-" : ms(end.aliveMs),
      end === undefined ? failed?.why ?? "with the pool" : `${end.type}: ${end.why}`,
    ]);
  }
  return table(rows);
}

/** Rows as text, each column as wide as its widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row: readonly string[]) =>
    row.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd();
  return rows.map(line).join("\n");
}
