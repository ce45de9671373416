// The first half of a job: the runner forks it, it confines itself, and then it waits for the
// second half.
//
// Only the language of a request matters here. So the same program can be sent before the request
// ("armed") or with it ("bare"). The job gives things up in this order: identity, file system,
// descriptors, syscalls. The second half is in start_program.ts. The runner begins to wait for the
// job's end right after the fork.

import {
  __WALL,
  CLONE_INTO_CGROUP,
  CLONE_NEWCGROUP,
  CLONE_PARENT_SETTID,
  PR_SET_SECUREBITS,
  RUSAGE_CHILDREN,
  SECCOMP_FILTER_FLAG_NEW_LISTENER,
  SECCOMP_SET_MODE_FILTER,
  SIGKILL,
  WNOHANG,
} from "../linux/constants.ts";
import { cloneArgs } from "./clone_args.ts";
import { REST, takeSocket } from "./control_socket.ts";
import { type ProfileRights, profileRulesetSteps } from "./landlock.ts";
import {
  JOB,
  JOB_FREE,
  JOB_SOCKET,
  LEAF,
  type Platform,
  REPORT,
  REPORTS,
  RULESET,
  STREAMS,
} from "./layout.ts";
import { jobScore } from "./oom_score.ts";
import { Flow, type Program } from "./program.ts";
import { outgoing, reportAndExit } from "./report.ts";

/** The BPF program of a language's profile, what Landlock adds to it, and whether the agent is notified of refused calls. */
export interface JobFilter {
  readonly program: Uint8Array;
  readonly notify: boolean;
  /** What Landlock leaves to the job. */
  readonly rights: ProfileRights;
}

/** Bytes of the `ended` report: word, status, two wait results, two struct rusage of 144 bytes. */
export const ENDED_SIZE = 32 + 144 + 144;

/**
 * SECBIT_NOROOT and SECBIT_NO_SETUID_FIXUP, both locked: the kernel treats user 0 like any other
 * (capabilities(7)).
 */
const NO_ROOT = 0b1111;

/** Forks and confines a job, and reports its end. */
export function armProgram(program: Program, platform: Platform, filter: JobFilter): void {
  const started = program.words([REPORT.started, 0]);
  const ended = program.words([REPORT.ended, ...Array(ENDED_SIZE / 8 - 1).fill(0)]);
  const end = outgoing(program, ended, ENDED_SIZE);
  const args = cloneArgs(
    program,
    {
      // Added, because `|` works on 32 bits and CLONE_INTO_CGROUP is the 34th.
      flags: CLONE_PARENT_SETTID + (platform.cgroup ? CLONE_INTO_CGROUP : 0),
      parentTid: started + 8,
      cgroup: platform.cgroup ? LEAF : 0,
    },
    platform.cgroup ? "{PARENT_SETTID|INTO_CGROUP}" : "{PARENT_SETTID}",
  );
  const reportsItself = platform.seccomp && filter.notify;
  const pid = new Flow();
  program.fork("fork the job", args, { store: pid }, () => {
    streamSteps(program);
    // Done here and not with the sandbox's namespaces: the root of a cgroup namespace is the cgroup
    // of the process that makes it, and on a mount with "nsdelegate" no process can be cloned into
    // a cgroup outside that root (cgroup_namespaces(7)).
    if (platform.cgroup) program.step("see no cgroup but its own", "unshare", [CLONE_NEWCGROUP]);
    jobScore(program);
    identitySteps(program, platform);
    if (platform.landlock > 0) {
      program.step("enter Landlock", "landlock_restrict_self", [RULESET, 0]);
    }
    takeSocket(program, JOB_SOCKET.jobEnd);
    program.step("close the ruleset", "close", [RULESET]);
    program.step("close the rest", "close_range", [REPORTS + 1, REST, 0]);
    if (platform.landlock > 0) {
      profileRulesetSteps(program, platform, filter.rights, JOB_FREE, REPORTS + 1);
    }
    if (platform.seccomp) filterSteps(program, filter);
    program.end();
  });
  for (const fd of [STREAMS.inRead, JOB_SOCKET.jobEnd]) {
    program.step("let go of the job's end", "close", [fd]);
  }
  // Otherwise the job's own report carries its pid.
  if (!reportsItself) program.step("report the start", "write", [REPORTS, started, 16]);
  const loose = { must: false };
  program.step("wait for the job", "wait4", [pid, ended + 8, 0, ended + 32], { store: ended + 16 });
  // kill(-1) looks at every process of the machine: only where there is something to kill. The runner
  // adopts all that the job leaves, so without a child of any kind there is nothing.
  const look = [-1, 0, WNOHANG | __WALL, 0];
  const left = { ...loose, store: ended + 24 };
  program.whenZero("is anything left?", "wait4", look, left, () => {
    program.step("kill what it left", "kill", [-1, SIGKILL], loose);
    program.step("is it gone?", "wait4", look, left);
  });
  program.step("add up the usage", "getrusage", [RUSAGE_CHILDREN, ended + 32 + 144]);
  program.step("report the end", "sendmsg", [REPORTS, end.header, 0]);
  // Only after the report: closing the pipes earlier would wake the agent an extra time.
  for (const fd of [STREAMS.outWrite, STREAMS.errWrite]) {
    program.step("let go of the job's end", "close", [fd]);
  }
  program.end();
  reportAndExit(program, REPORTS);
}

function streamSteps(program: Program): void {
  program.step("lead a session of its own", "setsid", []);
  program.step("take stdin", "dup3", [STREAMS.inRead, 0, 0]);
  program.step("take stdout", "dup3", [STREAMS.outWrite, 1, 0]);
  program.step("take stderr", "dup3", [STREAMS.errWrite, 2, 0]);
}

function identitySteps(program: Program, platform: Platform): void {
  if (platform.ownIds) {
    program.step("leave all groups", "setgroups", [0, 0]);
    program.step("become the job's group", "setresgid", [JOB, JOB, JOB]);
    program.step("become the job's user", "setresuid", [JOB, JOB, JOB]);
    return;
  }
  // Only one id is available: the job keeps it, but has no capabilities and gains none by exec.
  program.step("make user 0 nobody special", "prctl", [PR_SET_SECUREBITS, NO_ROOT, 0, 0, 0]);
  const header = program.bytes(
    Uint8Array.fromHex("2205082000000000"),
    "{_LINUX_CAPABILITY_VERSION_3}",
  );
  program.step("give up all capabilities", "capset", [header, program.space(24)]);
}

function filterSteps(program: Program, filter: JobFilter): void {
  const count = filter.program.length / 8;
  const instructions = program.bytes(filter.program, `{${count} instructions}`);
  const prog = program.words([count, instructions], `{${count} instructions}`);
  if (!filter.notify) {
    program.step("allow only the listed syscalls", "seccomp", [SECCOMP_SET_MODE_FILTER, 0, prog]);
    return;
  }
  const report = program.words([REPORT.listener, 0]);
  const message = outgoing(program, report, 16, [JOB_FREE]);
  program.step("know its pid", "getpid", [], { store: report + 8 });
  program.step("allow only the listed syscalls", "seccomp", [
    SECCOMP_SET_MODE_FILTER,
    SECCOMP_FILTER_FLAG_NEW_LISTENER,
    prog,
  ]);
  program.step("hand over the listener", "sendmsg", [REPORTS, message.header, 0]);
  program.step("let go of the listener", "close", [JOB_FREE]);
}
