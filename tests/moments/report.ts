// The table of what came of the moments.

import type { Outcome } from "./campaign.ts";
import { victims } from "./moment.ts";

/** Counts, most frequent first. */
function tally(words: Iterable<string>): string[] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([word, count]) => `${count} ${word}`);
}

/** The table of what came of the moments. */
export function report(outcomes: readonly Outcome[]): string[] {
  const lines: string[] = [];
  for (const victim of victims) {
    const own = outcomes.filter(({ moment }) => moment.victim === victim);
    if (own.length === 0) continue;
    lines.push(
      `${victim}: ${own.length} moments (${tally(own.map((o) => o.moment.kind)).join(", ")})`,
    );
    lines.push(
      ...tally(own.map(({ moment, kind }) => `${moment.kind}: ${kind}`)).map((l) => `  ${l}`),
    );
  }
  const endings = outcomes.flatMap((outcome) => outcome.endings);
  const hows = endings.map(({ how, detail }) => how === "refused" ? `${how} (${detail})` : how);
  lines.push(`requests: ${endings.length} (${tally(hows).join(", ")})`);
  return lines;
}
