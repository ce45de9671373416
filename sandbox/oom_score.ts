// Whom the kernel kills first when memory ends (proc_pid_oom_score_adj(5)): the jobs, largest first,
// and then the sandboxes they run in, so that whoever waits for a job's end can still tell it. The
// zygote has its starter's score, and can make other sandboxes.

import { PR_SET_DUMPABLE } from "../linux/constants.ts";
import { FORKED_FREE, KEEPER_FREE } from "./layout.ts";
import type { Program } from "./program.ts";
import { writeText } from "./text_file.ts";

/** The highest score: a job's, whatever size it has. */
const JOB_SCORE = 1000;

/** Keeper's and runner's: after all jobs, and before all else of the machine. */
const SANDBOX_SCORE = 900;

/** Gives the keeper its score, and with it the runner. */
export function sandboxScore(program: Program): void {
  // Only root may take back a score that root has given: where the agent was started with a higher
  // one, it stays.
  scoreSteps(program, KEEPER_FREE, "go after the jobs when memory ends", SANDBOX_SCORE, false);
}

/** Gives the job its score. */
export function jobScore(program: Program): void {
  scoreSteps(program, FORKED_FREE, "be the first to go when memory ends", JOB_SCORE, true);
}

/**
 * The file of a process that is closed to tracing is root's (proc(5)), so the process is open for a
 * moment, in which no job is in its PID namespace.
 */
function scoreSteps(
  program: Program,
  free: number,
  name: string,
  score: number,
  must: boolean,
): void {
  program.step(`${name}: be open`, "prctl", [PR_SET_DUMPABLE, 1, 0, 0, 0]);
  writeText(program, free, name, "/proc/self/oom_score_adj", String(score), must);
  program.step("be closed to tracing again", "prctl", [PR_SET_DUMPABLE, 0, 0, 0, 0]);
}
