// The second half of a job: what the request asks for. The confined job runs these steps itself;
// the last one executes the user's program.
//
// Each step runs under the job's own filter, uid and Landlock rules, so no step can do more than
// the user's program could. Everything up to execve is Sallyport's code; nothing after it is.

import {
  AT_FDCWD,
  F_SETFD,
  FALLOC_FL_KEEP_SIZE,
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_NOFOLLOW,
  O_WRONLY,
  SEEK_CUR,
} from "../linux/constants.ts";
import { CONTROL, JOB_FREE, type Platform, REPORTS, SANDBOX } from "./layout.ts";
import type { Address } from "./arena.ts";
import { Program } from "./program.ts";
import { reportAndExit } from "./report.ts";
import type { JobLimits } from "./job_limits.ts";
import type { JobLanguage } from "./language.ts";
import { resourceLimits, rlimitSteps } from "./rlimits.ts";

/** What one run needs to be started. */
export interface Job {
  readonly language: JobLanguage;
  /** Written into the language's file; undefined where what is run is there already. */
  readonly code: Uint8Array | undefined;
  /** The file that is run in place of the language's, as a path below the sandbox directory. */
  readonly entry?: string;
  /** Working directory of the program, as a path below the sandbox directory, or that itself. */
  readonly cwd?: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly limits: JobLimits;
}

/** Id of the programs that start a job, to tell them from the others, which have 0. */
const START = 1;
/** Rows of the longest one: six for the code, eight limits, and six. */
const ROWS = 21;
/** Indexes of the rows that make room for the code, write it, and see that all of it was written. */
const ROOM = 2;
const WRITE = 3;
const WRITTEN = 4;

/** Builds the programs that write the code, set the limits and run the user's program. */
export class StartProgram {
  readonly #platform: Pick<Platform, "arch" | "cgroup" | "ownIds">;
  readonly #program: Program;
  #last: Omit<Job, "code"> | undefined;
  #code: Address = 0;

  /** @param platform Whose syscall numbers to use, and what limits the job besides rlimits. */
  constructor(platform: Pick<Platform, "arch" | "cgroup" | "ownIds">) {
    this.#platform = platform;
    this.#program = new Program(platform.arch, START, ROWS);
  }

  /**
   * The program for `job`, valid until the next call. If only the code differs, only that is
   * replaced.
   */
  of(job: Job): Program {
    const program = this.#program;
    if (!this.#isLike(job)) this.#build(job);
    if (job.code === undefined) return program;
    program.cut(this.#code);
    fillCode(program, job.code);
    return program;
  }

  #isLike({ language, code, cwd, args, env, limits }: Job): boolean {
    const last = this.#last;
    return last !== undefined && code !== undefined &&
      language === last.language && cwd === last.cwd && args.length === 0 &&
      last.args.length === 0 && isEmpty(env) && isEmpty(last.env) &&
      isSame(limits, last.limits);
  }

  #build({ code, ...job }: Job): void {
    const { language, cwd, limits } = job;
    const program = this.#program.reset();
    if (code !== undefined) codeSteps(program, language);
    // Behind the code: a file limit below its size holds for the program, not for us.
    rlimitSteps(program, resourceLimits(limits, language.reserved_bytes ?? 0, this.#platform));
    if (cwd !== undefined) program.step("go to the directory", "chdir", [program.text(cwd)]);
    execSteps(program, job);
    reportAndExit(program, REPORTS);
    this.#last = code === undefined ? undefined : job;
    this.#code = program.dataEnd;
  }
}

/**
 * The program that starts an interpreter ahead of its request: it executes the boot program first,
 * which keeps the job's socket. The same argv as without it, so nothing shows afterwards.
 */
export function warmProgram(program: Program, language: JobLanguage): void {
  const { boot, code, env, preload, opens_first } = language.warm!;
  codeSteps(program, { file: `/tmp/${boot}`, mode: 0o600 });
  const isProgram = boot === language.file;
  if (opens_first || isProgram) program.step("go to /tmp", "chdir", [program.text("/tmp")]);
  if (opens_first) {
    const flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    const file = program.text(language.file);
    program.step("make an empty program", "openat", [AT_FDCWD, file, flags, language.mode]);
    program.step("close the empty program", "close", [JOB_FREE]);
  }
  program.step("keep the socket for the boot program", "fcntl", [CONTROL, F_SETFD, 0]);
  const waits = { ...env, SALLYPORT_PRELOAD: preload.join(" ") };
  execSteps(program, { language, args: [], env: waits, limits: {} as JobLimits });
  reportAndExit(program, REPORTS);
  fillCode(program, new TextEncoder().encode(code));
}

/** What an interpreter leaves in /tmp that was ended before its boot program took it away. */
export function warmFiles({ file, warm }: JobLanguage): string[] {
  return [`/tmp/${warm!.boot}`, ...(warm!.opens_first ? [`/tmp/${file}`] : [])];
}

/** Fills in what `codeSteps` as the first steps of a program will write. */
function fillCode(program: Program, code: Uint8Array): void {
  program.setArgument(ROOM, 3, Math.max(1, code.length)); // a length of 0 gives EINVAL
  program.setArgument(WRITE, 1, program.bytes(code));
  program.setArgument(WRITE, 2, code.length);
  program.setArgument(WRITTEN, 1, -code.length);
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false;
  return true;
}

/** Whether the rlimits are the same. cpu_percent does not count: only the cgroup enforces it. */
function isSame(one: JobLimits, other: JobLimits): boolean {
  return one.cpu_ms === other.cpu_ms && one.memory_bytes === other.memory_bytes &&
    one.processes === other.processes && one.open_files === other.open_files &&
    one.file_bytes === other.file_bytes && one.stack_bytes === other.stack_bytes;
}

/** Writes a file of the job's own; `fillCode` gives its content. */
function codeSteps(program: Program, { file, mode }: Pick<JobLanguage, "file" | "mode">): void {
  const name = program.text(file);
  // An earlier job or a put may have left anything under this name.
  program.step("remove an old code file", "unlinkat", [AT_FDCWD, name, 0], { must: false });
  const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  program.step("make the code file", "openat", [AT_FDCWD, name, flags, mode]);
  // When space runs out, write(2) is short but does not fail: the code would be cut off. `of` sets
  // the size.
  program.step("make room for the code", "fallocate", [JOB_FREE, FALLOC_FL_KEEP_SIZE, 0, 0]);
  program.step("write the code", "write", [JOB_FREE, 0, 0]); // set by `of`
  // Fails (EINVAL) where it would lead to before the file's beginning: then less was written.
  program.step("write all of the code", "lseek", [JOB_FREE, 0, SEEK_CUR]); // set by `of`
  program.step("close the code file", "close", [JOB_FREE]);
}

function execSteps(program: Program, { language, entry, cwd, args, env }: Omit<Job, "code">): void {
  const file = entry ?? language.program;
  // From another directory only the whole path leads there.
  const path = cwd === undefined ? file : `${SANDBOX}/${file}`;
  const own = language.argv.map((word) => {
    if (word === language.program) return path;
    return word === `./${language.program}` ? (cwd === undefined ? `./${file}` : path) : word;
  });
  const argv = program.strings([...own, ...args]);
  const merged = { ...language.env, ...env };
  const envp = program.strings(Object.entries(merged).map(([name, value]) => `${name}=${value}`));
  program.step("run the program", "execve", [program.text(own[0]), argv, envp]);
}
