// The second half of a job: what the request says. The confined job makes these steps itself, the last
// of which makes it the user's program.
//
// Each is made under the job's own filter, uid and Landlock rules, so none of them can do more than the
// program that follows could. Everything before execve is Sallyport's; nothing after it is.

import { AT_FDCWD, O_CLOEXEC, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } from "../linux/constants.ts";
import type { Language } from "../policy/compiled.ts";
import { JOB_FREE, REPORTS } from "./layout.ts";
import type { Program } from "./program.ts";
import { reportAndExit } from "./report.ts";
import { type JobLimits, resourceLimits, rlimitSteps } from "./rlimits.ts";

/** What one run needs to be started. */
export interface Job {
  readonly language: Language;
  readonly code: Uint8Array;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly limits: JobLimits;
}

/**
 * Writes the code, sets the limits, and runs the program.
 *
 * @param cgroup Whether memory is limited by a cgroup.
 */
export function startProgram(program: Program, job: Job, cgroup: boolean): void {
  codeSteps(program, job);
  // Behind the code: a file limit below its size holds for the program, not for us.
  rlimitSteps(program, resourceLimits(job.limits, job.language, cgroup));
  execSteps(program, job);
  reportAndExit(program, REPORTS);
}

function codeSteps(program: Program, { language, code }: Job): void {
  const name = program.text(language.file);
  // A job that ran here before, or a put, may have left anything under this name.
  program.step("remove an old code file", "unlinkat", [AT_FDCWD, name, 0], { must: false });
  const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  program.step("make the code file", "openat", [AT_FDCWD, name, flags, language.mode]);
  program.step("write the code", "write", [JOB_FREE, program.bytes(code), code.length]);
  program.step("close the code file", "close", [JOB_FREE]);
}

function execSteps(program: Program, { language, args, env }: Job): void {
  const argv = program.strings([...language.argv, ...args]);
  const merged = { ...language.env, ...env };
  const envp = program.strings(Object.entries(merged).map(([name, value]) => `${name}=${value}`));
  program.step("run the program", "execve", [program.text(language.argv[0]), argv, envp]);
}
