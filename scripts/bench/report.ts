// Makes a table of the rows: count, median, 99th percentile, the ratio to each peer, and the
// targets reached.

import type { RowResult, Verdict } from "./rows.ts";
import type { Ratio } from "./statistics.ts";

/** A figure with three significant digits. */
export function figure(value: number): string {
  if (Number.isNaN(value)) return "-";
  return value.toFixed(value >= 100 || Number.isInteger(value) ? 0 : value >= 10 ? 1 : 2);
}

function ratioText({ value, low, high }: Ratio): string {
  const interval = low === undefined ? "" : ` [${figure(low)}, ${figure(high!)}]`;
  return `Sallyport is ${figure(value)} x this${interval}`;
}

function verdictText({ text, reached }: Verdict): string {
  return `target ${text}: ${reached ? "reached" : "missed"}`;
}

/** The table as text. */
export function table(rows: readonly RowResult[]): string {
  const lines: string[][] = [];
  let section = "";
  for (const row of rows) {
    if (row.section !== section) {
      if (section !== "") lines.push([]);
      section = row.section;
      lines.push([
        section,
        "n",
        "p50",
        "p99",
        "unit",
        "ratio of medians [95 % of resampled rounds]",
      ]);
    }
    const beside = (peer?: string) =>
      row.verdicts.filter(({ target }) => target.peer === peer).map(verdictText);
    const { count, p50, p99, unit } = row;
    lines.push([
      row.name,
      ...(count === 0 ? ["", "", ""] : [String(count), figure(p50), figure(p99)]),
      unit,
      beside().join("; "),
    ]);
    for (const peer of row.peers) {
      lines.push([
        `  ${peer.name}`,
        String(peer.count),
        figure(peer.p50),
        figure(peer.p99),
        unit,
        [ratioText(peer.ratio), ...beside(peer.key)].join("; "),
      ]);
    }
  }
  const columns = [0, 1, 2, 3, 4, 5];
  const widths = columns.map((i) => Math.max(0, ...lines.map((cells) => cells[i]?.length ?? 0)));
  return lines.map((cells) =>
    cells.map((cell, i) =>
      [1, 2, 3].includes(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i])
    ).join("  ").trimEnd()
  ).join("\n");
}

/** How many targets were reached, and which were not. */
export function verdictLines(rows: readonly RowResult[]): string {
  const all = rows.flatMap((row) => row.verdicts.map((verdict) => ({ row, verdict })));
  const missed = all.filter(({ verdict }) => !verdict.reached);
  const lines = [`${all.length - missed.length} of ${all.length} targets reached in this run`];
  for (const { row, verdict } of missed) {
    const peer = row.peers.find(({ key }) => key === verdict.target.peer);
    const had = peer === undefined
      ? `${figure(row.p50)} ${row.unit}`
      : `${figure(peer.ratio.value)} x ${peer.name}`;
    lines.push(`missed: ${row.section.toLowerCase()}, ${row.name}: ${had}, target ${verdict.text}`);
  }
  return lines.join("\n");
}
