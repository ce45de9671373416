// One day of a grader: every submission built once and run on its problem's inputs, here and, where
// asked for, under bubblewrap in turn.

import type { Client } from "../../../controller/client.ts";
import type { Bubblewrap } from "./bubblewrap.ts";
import { build, limits, runOn, verdictOf } from "./judge.ts";
import { problems } from "./problems.ts";
import type { Submission, Verdict } from "./submissions.ts";

/** How much of the day. */
export interface DayOptions {
  /** Longest time for a build, in milliseconds. */
  readonly buildMs: number;
  /** Which of a problem's tests; all when left out. */
  readonly tests?: (index: number) => boolean;
  /** Whether a submission's first bad run is its last. */
  readonly stops?: boolean;
  readonly peer?: Bubblewrap | null;
}

/** What became of one submission. Times are milliseconds, one for each run. */
export interface Graded {
  readonly submission: Submission;
  readonly says: Verdict;
  readonly buildMs: number;
  /** The program is put into a new sandbox, run, and its result read. */
  readonly times: readonly number[];
  /** The same runs under bubblewrap; empty where a run did not end by itself. */
  readonly peerTimes: readonly number[];
  /** Runs whose output or exit code was another one under bubblewrap. */
  readonly differs: number;
  /** Names of the calls that were refused. */
  readonly denied: ReadonlySet<string>;
}

/** Builds, runs and judges one submission. */
export async function grade(
  client: Client,
  submission: Submission,
  { buildMs, tests = () => true, stops = false, peer = null }: DayOptions,
): Promise<Graded> {
  const began = performance.now();
  const program = await build(client, submission.code, buildMs);
  const graded = { submission, buildMs: performance.now() - began };
  const denied = new Set<string>();
  const nothing = { times: [], peerTimes: [], differs: 0, denied };
  if (program === null) return { ...graded, says: "CE", ...nothing };
  const [times, peerTimes]: [number[], number[]] = [[], []];
  let [says, differs, fits]: [Verdict, number, boolean] = ["AC", 0, peer !== null];
  for (const test of problems[submission.problem].filter((_, index) => tests(index))) {
    const start = performance.now();
    const result = await runOn(client, program, test.input);
    times.push(performance.now() - start);
    for (const { syscall } of result.denied) denied.add(syscall);
    if (says === "AC") says = verdictOf(result, test);
    if (stops && says !== "AC") break;
    fits &&= result.status === "exited" || result.status === "signaled";
    if (!fits) continue;
    const { ms, exitCode, output } = await peer!.run(program, test.input, limits.timeout_ms);
    peerTimes.push(ms);
    const same = (result.exit_code ?? null) === exitCode &&
      new TextDecoder().decode(result.output.stdout) === output;
    if (!same) differs++;
  }
  return { ...graded, says, times, peerTimes: fits ? peerTimes : [], differs, denied };
}
