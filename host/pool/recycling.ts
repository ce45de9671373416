// When a machine is used again, and when another takes its place. Decisions only.

/**
 * `fresh`: a machine is booted for each job. `restored`: the same, from one snapshot.
 * `{ afterRuns }`: a machine is replaced after so many jobs. `never`: only when it is unhealthy.
 */
export type Recycling = "fresh" | "restored" | "never" | { readonly afterRuns: number };

/** Bounds beyond which a machine is replaced whatever the recycling says. */
export interface WearLimits {
  readonly ageMs?: number;
  readonly memoryMib?: number;
}

/** What is known of a machine. */
export interface Wear {
  /** Jobs that it was given; a lease is one. */
  readonly runs: number;
  readonly ageMs: number;
  /** Null where nobody can tell. */
  readonly memoryMib: number | null;
}

/** @throws TypeError on a number of runs that is no whole number from 1. */
export function checkRecycling(recycling: Recycling): void {
  if (typeof recycling === "string") return;
  if (Number.isInteger(recycling.afterRuns) && recycling.afterRuns >= 1) return;
  throw new TypeError(`Cannot recycle a machine after ${recycling.afterRuns} runs`);
}

/** Why a machine must not be used again, in a person's words; null if it may. */
export function whyReplaced(recycling: Recycling, limits: WearLimits, wear: Wear): string | null {
  const { runs, ageMs, memoryMib } = wear;
  const most = typeof recycling === "object"
    ? recycling.afterRuns
    : recycling === "never"
    ? Infinity
    : 1;
  if (runs >= most) return runs === 1 ? "had its job" : `had ${runs} jobs`;
  if (limits.ageMs !== undefined && ageMs >= limits.ageMs) return "is old";
  if (limits.memoryMib !== undefined && memoryMib !== null && memoryMib > limits.memoryMib) {
    return `uses ${Math.round(memoryMib)} MiB`;
  }
  return null;
}
