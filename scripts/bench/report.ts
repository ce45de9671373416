// Samples in, a table out: median, 99th percentile, and the ratio to the peer measured in the same run.

/** The samples of one thing, and of what stands beside it. */
export interface Row {
  readonly name: string;
  readonly unit: "ms" | "MiB/s" | "KiB";
  readonly samples: number[];
  readonly peers: { readonly name: string; readonly samples: number[] }[];
}

/** The value below which that share of the samples lies. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** What is known of some samples. */
export function summary(samples: readonly number[]) {
  return { count: samples.length, median: quantile(samples, 0.5), p99: quantile(samples, 0.99) };
}

function show(value: number): string {
  return Number.isNaN(value) ? "-" : value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

/** The table as text. */
export function table(rows: readonly Row[]): string {
  const lines = [["", "n", "median", "p99", "unit", ""]];
  for (const { name, unit, samples, peers } of rows) {
    if (samples.length === 0) continue;
    const own = summary(samples);
    lines.push([name, String(own.count), show(own.median), show(own.p99), unit, ""]);
    for (const peer of peers) {
      if (peer.samples.length === 0) continue;
      const its = summary(peer.samples);
      const ratio = `Sallyport is ${show(own.median / its.median)} x this`;
      lines.push([
        `  ${peer.name}`,
        String(its.count),
        show(its.median),
        show(its.p99),
        unit,
        ratio,
      ]);
    }
  }
  const widths = lines[0].map((_, i) => Math.max(...lines.map((cells) => cells[i].length)));
  return lines.map((cells) =>
    cells.map((cell, i) =>
      [1, 2, 3].includes(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i])
    )
      .join("  ").trimEnd()
  ).join("\n");
}
