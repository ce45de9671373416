// The program that runs one job: the runner forks it, the job confines itself and becomes the user's
// program, and the runner waits for its end.
//
// The order of the job's steps is the order in which it gives things up: identity, resources, file
// system, descriptors, syscalls. Everything before execve is Sallyport's; nothing after it is.

import {
  AT_FDCWD,
  CLONE_INTO_CGROUP,
  CLONE_PARENT_SETTID,
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_NOFOLLOW,
  O_WRONLY,
  PR_SET_SECUREBITS,
  RUSAGE_CHILDREN,
  SECCOMP_FILTER_FLAG_NEW_LISTENER,
  SECCOMP_SET_MODE_FILTER,
  SIGKILL,
  WNOHANG,
} from "../linux/constants.ts";
import type { Language } from "../policy/compiled.ts";
import { cloneArgs } from "./clone_args.ts";
import { CONTROL, type Ground, JOB, REPORT, RULESET, STREAMS } from "./layout.ts";
import { Flow, type Program } from "./program.ts";
import { outgoing, reportAndExit } from "./report.ts";
import { type JobLimits, resourceLimits, rlimitSteps } from "./rlimits.ts";

/** What one run needs to be started. */
export interface Job {
  readonly language: Language;
  readonly code: Uint8Array;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly limits: JobLimits;
  /** The BPF program of the language's profile, and whether what it refuses is told to the agent. */
  readonly filter: { readonly program: Uint8Array; readonly tell: boolean };
}

/** Bytes of the `ended` report: word, status, two waits, struct rusage twice (144 bytes each). */
export const ENDED_SIZE = 32 + 144 + 144;

/** SECBIT_NOROOT and SECBIT_NO_SETUID_FIXUP, both locked: user 0 is nobody special (capabilities(7)). */
const NO_ROOT = 0b1111;

/** Adds all steps of a run. */
export function jobProgram(program: Program, ground: Ground, job: Job): void {
  const started = program.words([REPORT.started, 0]);
  const ended = program.words([REPORT.ended, ...Array(ENDED_SIZE / 8 - 1).fill(0)]);
  const end = outgoing(program, ended, ENDED_SIZE);
  const args = cloneArgs(
    program,
    {
      flags: CLONE_PARENT_SETTID | (ground.cgroup ? CLONE_INTO_CGROUP : 0),
      parentTid: started + 8,
    },
    "{PARENT_SETTID}",
  );
  const pid = new Flow();
  program.fork("fork the job", args, { store: pid }, () => {
    startSteps(program);
    identitySteps(program, ground);
    codeSteps(program, job);
    rlimitSteps(program, resourceLimits(job.limits, job.language, ground.cgroup));
    if (ground.landlock > 0) {
      program.step("enter Landlock", "landlock_restrict_self", [RULESET, 0]);
    }
    program.step("close the rest", "close_range", [RULESET, 0xffffffff, 0]);
    if (ground.seccomp) filterSteps(program, job);
    execSteps(program, job);
  });
  for (const fd of [STREAMS.outWrite, STREAMS.errWrite, STREAMS.inRead]) {
    program.step("let go of the job's stream", "close", [fd]);
  }
  program.step("report the start", "write", [CONTROL, started, 16]);
  const loose = { must: false };
  program.step("wait for the job", "wait4", [pid, ended + 8, 0, ended + 32], { store: ended + 16 });
  program.step("kill what it left", "kill", [-1, SIGKILL], loose);
  program.step("is anything left?", "wait4", [-1, 0, WNOHANG, 0], { ...loose, store: ended + 24 });
  program.step("add up the usage", "getrusage", [RUSAGE_CHILDREN, ended + 32 + 144]);
  program.step("report the end", "sendmsg", [CONTROL, end.header, 0]);
  program.end();
  reportAndExit(program);
}

function startSteps(program: Program): void {
  program.step("lead a session of its own", "setsid", []);
  program.step("take stdin", "dup3", [STREAMS.inRead, 0, 0]);
  program.step("take stdout", "dup3", [STREAMS.outWrite, 1, 0]);
  program.step("take stderr", "dup3", [STREAMS.errWrite, 2, 0]);
}

function identitySteps(program: Program, ground: Ground): void {
  if (ground.ownIds) {
    program.step("leave all groups", "setgroups", [0, 0]);
    program.step("become the job's group", "setresgid", [JOB, JOB, JOB]);
    program.step("become the job's user", "setresuid", [JOB, JOB, JOB]);
    return;
  }
  // Only one id is to be had: it stays, without any capability, now or by exec.
  program.step("user 0 is nobody special", "prctl", [PR_SET_SECUREBITS, NO_ROOT, 0, 0, 0]);
  const header = program.bytes(
    Uint8Array.fromHex("2205082000000000"),
    "{_LINUX_CAPABILITY_VERSION_3}",
  );
  program.step("give up all capabilities", "capset", [header, program.space(24)]);
}

function codeSteps(program: Program, { language, code }: Job): void {
  const name = program.text(language.file);
  // A job that ran here before may have left anything under this name.
  program.step("remove an old code file", "unlinkat", [AT_FDCWD, name, 0], { must: false });
  const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const descriptor = STREAMS.outRead; // the lowest free one: the agent has taken it
  program.step("make the code file", "openat", [AT_FDCWD, name, flags, language.mode]);
  program.step("write the code", "write", [descriptor, program.bytes(code), code.length]);
  program.step("close the code file", "close", [descriptor]);
}

function filterSteps(program: Program, { filter }: Job): void {
  const count = filter.program.length / 8;
  const instructions = program.bytes(filter.program, `{${count} instructions}`);
  const prog = program.words([count, instructions], `{${count} instructions}`);
  if (!filter.tell) {
    program.step("allow only the listed syscalls", "seccomp", [SECCOMP_SET_MODE_FILTER, 0, prog]);
    return;
  }
  const word = program.words([REPORT.listener]);
  const message = outgoing(program, word, 8, [-1]);
  program.step("allow only the listed syscalls", "seccomp", [
    SECCOMP_SET_MODE_FILTER,
    SECCOMP_FILTER_FLAG_NEW_LISTENER,
    prog,
  ], { store: message.descriptor(0) });
  program.step("hand over the listener", "sendmsg", [CONTROL, message.header, 0]);
}

function execSteps(program: Program, { language, args, env }: Job): void {
  const argv = program.strings([...language.argv, ...args]);
  const merged = { ...language.env, ...env };
  const envp = program.strings(Object.entries(merged).map(([name, value]) => `${name}=${value}`));
  program.step("run the program", "execve", [program.text(language.argv[0]), argv, envp]);
}
