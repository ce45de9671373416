// The program that makes one sandbox. The zygote runs it before the request.
//
// There are two launchers in a sandbox. The keeper is PID 1 of the new namespaces: it answers while
// the job runs (files, signals, samples), and when it ends, everything in the sandbox is killed.
// The runner, PID 2, forks the job and waits for it. So the job's end and its usage reach the agent
// in one message, straight from the runner.

import {
  AF_INET,
  AT_FDCWD,
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUTS,
  CLONE_PIDFD,
  IFF_RUNNING,
  IFF_UP,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  O_CLOEXEC,
  O_RDONLY,
  PR_SET_CHILD_SUBREAPER,
  PR_SET_PDEATHSIG,
  SIGCHLD,
  SIGKILL,
  SIOCSIFFLAGS,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
} from "../linux/constants.ts";
import { cloneArgs } from "./clone_args.ts";
import { socketPair, takeSocket } from "./control_socket.ts";
import { rulesetSteps } from "./landlock.ts";
import {
  CGROUP,
  CONTROL,
  HELD,
  JOB,
  type Platform,
  REPORT,
  REPORTS,
  RULESET,
  SANDBOX,
  ZYGOTE_FREE,
} from "./layout.ts";
import type { Address } from "./arena.ts";
import type { Program } from "./program.ts";
import { procViewSteps } from "./proc_view.ts";
import { outgoing, reportAndExit } from "./report.ts";
import { streamSteps } from "./stream_program.ts";

const NAMESPACES = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;

/** Rows it needs room for: some for each path of the policy, and all of the keeper's and the runner's. */
export const SANDBOX_ROWS = 255;

/**
 * Makes a sandbox. The zygote reports the keeper's socket, the runner's socket and the pidfd.
 *
 * @returns The address of the cgroup's name, which changes each time; 0 if there is none.
 */
export function sandboxProgram(program: Program, platform: Platform): Address {
  const [keeper, keeperEnd, runner, runnerEnd, pidfd] = [0, 1, 2, 3, 4].map((i) => ZYGOTE_FREE + i);
  const report = program.words([REPORT.sandbox]);
  const message = outgoing(program, report, 8, [keeper, runner, -1]);
  socketPair(program, "the keeper", keeper);
  socketPair(program, "the runner", runner);
  // A job with its own cgroup makes its cgroup namespace itself: see arm_program.ts.
  const flags = NAMESPACES | CLONE_PIDFD | (platform.cgroup ? 0 : CLONE_NEWCGROUP);
  const args = cloneArgs(
    program,
    { flags, pidfd: message.descriptor(2) },
    `{NEWPID|NEWNS|NEWNET|NEWIPC|NEWUTS${platform.cgroup ? "" : "|NEWCGROUP"}, PIDFD}`,
  );
  let leaf = 0;
  program.fork("make the sandbox's namespaces", args, {}, () => {
    takeSocket(program, keeperEnd);
    program.step("keep the runner's socket", "dup3", [runnerEnd, REPORTS, O_CLOEXEC]);
    program.step("make room for the ruleset", "close", [RULESET]);
    program.step("close the rest", "close_range", [REPORTS + 1, CGROUP - 1, 0]);
    leaf = keeperSteps(program, platform);
    program.end();
  });
  program.step("report to the agent", "sendmsg", [CONTROL, message.header, 0]);
  program.step("close the agent's ends", "close_range", [keeper, pidfd, 0]);
  program.end();
  reportAndExit(program);
  return leaf;
}

function keeperSteps(program: Program, platform: Platform): Address {
  program.step("die with the zygote", "prctl", [PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0]);
  program.step("wait for children again", "rt_sigaction", [SIGCHLD, program.space(32), 0, 8]);
  const name = "sandbox";
  program.step("name the machine", "sethostname", [program.text(name), name.length]);
  loopbackSteps(program);
  mountSteps(program, platform);
  if (platform.landlock > 0) rulesetSteps(program, platform);
  else {
    const nothing = program.text("/dev/null");
    program.step("keep the place of a ruleset", "openat", [
      AT_FDCWD,
      nothing,
      O_RDONLY | O_CLOEXEC,
      0,
    ]);
  }

  let leaf = 0;
  program.fork("fork the runner", cloneArgs(program, { flags: 0 }, "{}"), {}, () => {
    takeSocket(program, REPORTS);
    if (platform.view) {
      program.step("hold no names of /proc", "close_range", [HELD.first, HELD.last, 0]);
    }
    program.step("adopt what the job leaves behind", "prctl", [PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0]);
    leaf = streamSteps(program, platform, platform.cgroup ? 0 : undefined);
    program.end();
  });
  for (const fd of [RULESET, REPORTS]) program.step("leave it to the runner", "close", [fd]);
  if (platform.cgroup) program.step("leave cgroups to the runner", "close", [CGROUP]);
  return leaf;
}

/** Brings up `lo`, the one interface of the sandbox's network namespace: netdevice(7). */
function loopbackSteps(program: Program): void {
  const request = new Uint8Array(40); // struct ifreq: the name, then the flags
  request.set(new TextEncoder().encode("lo"));
  new DataView(request.buffer).setUint16(16, IFF_UP | IFF_RUNNING, true);
  // A kernel without IPv4 has no loopback, and no job can make a socket that would miss it.
  const loose = { must: false };
  const kind = SOCK_DGRAM | SOCK_CLOEXEC;
  program.step("make a socket to set up lo", "socket", [AF_INET, kind, 0], loose);
  const call = [RULESET, SIOCSIFFLAGS, program.bytes(request, "{lo, up}")];
  program.step("bring lo up", "ioctl", call, loose);
  program.step("close the socket", "close", [RULESET], loose);
}

function mountSteps(program: Program, platform: Platform): void {
  const { sandbox_bytes, tmp_bytes } = platform.limits;
  const owner = platform.ownIds ? `,uid=${JOB},gid=${JOB}` : "";
  const tmpfs = program.text("tmpfs");
  const mount = (name: string, type: number, place: string, flags: number, options: string) =>
    program.step(name, "mount", [
      type,
      program.text(place),
      type,
      flags,
      options === "" ? 0 : program.text(options),
    ]);
  const flags = MS_NOSUID | MS_NODEV;
  const size = (bytes: number) => `size=${bytes},nr_inodes=32768`;
  mount(
    "mount the sandbox directory",
    tmpfs,
    SANDBOX,
    flags,
    `${size(sandbox_bytes)},mode=0700${owner}`,
  );
  mount("mount /tmp", tmpfs, "/tmp", flags, `${size(tmp_bytes)},mode=0700${owner}`);
  mount("mount /proc", program.text("proc"), "/proc", flags | MS_NOEXEC, "hidepid=invisible");
  if (platform.view) procViewSteps(program, flags | MS_NOEXEC);
  program.step("enter the sandbox directory", "chdir", [program.text(SANDBOX)]);
}
