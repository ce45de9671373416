// `deno task host overhead`: prints what the service adds to a run.

import { parseArgs } from "node:util";
import { median } from "../../scripts/tools/quantile.ts";
import { measureOverhead, type Times, type Way, ways } from "./overhead.ts";

/** How to call it. */
export const overheadUsage = `Usage: deno task host overhead [options]

  --runs N   how often each way is measured (default: 400)`;

/** Measures, and prints. Returns the exit code. */
export async function overheadCommand(args: readonly string[]): Promise<number> {
  let runs: number;
  try {
    const options = { runs: { type: "string", default: "400" } } as const;
    runs = Number(parseArgs({ args: [...args], options }).values.runs);
    if (!Number.isInteger(runs) || runs < 10) throw new TypeError("--runs must be at least 10");
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${overheadUsage}`);
    return 1;
  }
  for (const line of overheadLines(await measureOverhead(runs), runs)) console.log(line);
  return 0;
}

/** The table, and what it comes to. */
export function overheadLines(times: Times, runs: number): string[] {
  const of = (way: Way) => times.get(way)!;
  const figures = (ms: readonly number[]) =>
    [median(ms), Math.min(...ms)].map((figure) => figure.toFixed(2).padStart(8)).join("");
  /** Turn by turn, so that a slow stretch of the machine is in both. */
  const more = (way: Way, than: Way) => of(way).map((ms, turn) => ms - of(than)[turn]);
  const added = (way: Way, than: Way) => {
    const least = Math.min(...of(way)) - Math.min(...of(than));
    return `${median(more(way, than)).toFixed(2)} ms, of the best times ${least.toFixed(2)}`;
  };
  const beyond = median(more("service", "library")) - median(of("floor"));
  return [
    `${"".padEnd(46)}  median    best`,
    ...Object.entries(ways).map(([way, what]) => what.padEnd(46) + figures(of(way as Way))),
    `the service adds to the library: ${added("service", "library")} (median of ${runs} turns)`,
    `the least service adds to it: ${added("least", "library")}`,
    `the service adds to the library and to a bare answer over HTTP: ${beyond.toFixed(2)} ms`,
  ];
}
