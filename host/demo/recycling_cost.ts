// What one way of recycling cost, in a line, and how a boot compares with a restore.

/** What was measured. */
export interface Cost {
  /** Until each machine was ready, in milliseconds. */
  readonly ready: readonly number[];
  /** Of each job that had its result, on its machine, in milliseconds. */
  readonly ran: readonly number[];
  readonly wallMs: number;
  /** By how much, at least, the worst guest's clock was wrong; 0 where nothing ran. */
  readonly offMs: number;
  /** Jobs for which there was no time. */
  readonly late: number;
  /** Why jobs had no result. */
  readonly failures: readonly string[];
}

/** One way's line, and one for each reason why a job failed. */
export function costLine(name: string, cost: Cost): string {
  const { ready, ran, wallMs, offMs, late, failures } = cost;
  const parts = [
    `${name}: ${ran.length} jobs in ${(wallMs / 1000).toFixed(0)} s`,
    `${ready.length} machines, ready after ${spread(ready)}`,
    `a job ${spread(ran)}`,
    `clocks at most ${offMs.toFixed(0)} ms wrong`,
  ];
  if (late > 0) parts.push(`no time for ${late} more`);
  if (failures.length > 0) parts.push(`${failures.length} failed`);
  return [parts.join("; "), ...new Set(failures)].join("\n  ");
}

/** How many times as long a boot takes as a restore; null where one of them was not measured. */
export function bootsPerRestore(
  booted: readonly number[],
  restored: readonly number[],
): number | null {
  return booted.length === 0 || restored.length === 0 ? null : median(booted) / median(restored);
}

/** The median, the shortest and the longest. */
function spread(times: readonly number[]): string {
  if (times.length === 0) return "-";
  const [middle, from, to] = [median(times), Math.min(...times), Math.max(...times)]
    .map((ms) => (ms / 1000).toFixed(1));
  return `${middle} s (${from} to ${to})`;
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1];
}
