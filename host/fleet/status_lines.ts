// A fleet's status, in lines for a person.
//
// Pure: from a status to lines.

import { formatSize } from "../../controller/cli/quantities.ts";
import type { FleetStatus } from "./status.ts";

/** The lines: each kind of thing as a table. */
export function statusLines(status: FleetStatus, now: number): string[] {
  const { server, streams, lanes, workers, deadLetters } = status;
  const ago = (at: number) => `${Math.max(0, (now - at) / 1000).toFixed(0)} s ago`;
  return [
    `server ${server.name}, version ${server.version}`,
    ...table(
      ["stream", "messages", "bytes", "of"],
      streams.map(({ name, messages, bytes, maxBytes }) => [
        name,
        `${messages}`,
        formatSize(bytes),
        maxBytes < 0 ? "-" : formatSize(maxBytes),
      ]),
    ),
    ...table(
      ["class", "tenant", "priority", "waiting", "running", "again"],
      lanes.map((lane) => [
        ...[lane.class, lane.tenant, lane.priority],
        ...[lane.waiting, lane.delivered, lane.redelivered].map(String),
      ]),
    ),
    ...table(
      ["worker", "class", "machines", "idle", "jobs", "ended", "heard"],
      workers.map(({ name, class: className, size, idle, jobs, ended, at }) => [
        ...[name, className, `${size}`, `${idle}`, `${jobs}`],
        Object.entries(ended).map(([how, count]) => `${how} ${count}`).join(", ") || "-",
        ago(at),
      ]),
    ),
    ...table(
      ["dead letter", "class", "delivered", "when", "why"],
      deadLetters.map(({ tenant, id, class: className, deliveries, at, why }) => [
        `${tenant}/${id}`,
        className,
        `${deliveries}`,
        ago(at),
        why,
      ]),
    ),
  ];
}

/** Nothing but a word where there are no rows. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return ["", `${head[0]}: none`];
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  return [
    "",
    ...all.map((row) =>
      row.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd()
    ),
  ];
}
