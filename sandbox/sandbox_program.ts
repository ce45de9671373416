// The program that makes one sandbox. The zygote runs it before the request.
//
// There are two launchers in a sandbox. The keeper is PID 1 of the new namespaces: it answers while
// the job runs (files, signals, samples), and when it ends, everything in the sandbox is killed.
// The runner, PID 2, forks the job and waits for it. So the job's end and its usage reach the agent
// in one message, straight from the runner.

import {
  AT_FDCWD,
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUTS,
  CLONE_PIDFD,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  O_CLOEXEC,
  O_RDONLY,
  PR_SET_CHILD_SUBREAPER,
  PR_SET_PDEATHSIG,
  SIGCHLD,
  SIGKILL,
} from "../linux/constants.ts";
import { cloneArgs } from "./clone_args.ts";
import { socketPair, takeSocket } from "./control_socket.ts";
import { rulesetSteps } from "./landlock.ts";
import {
  CGROUP,
  CONTROL,
  HELD,
  JOB,
  NETWORK,
  type Platform,
  REPORT,
  REPORTS,
  RULESET,
  SANDBOX,
  ZYGOTE_FREE,
} from "./layout.ts";
import type { Address } from "./arena.ts";
import type { Program } from "./program.ts";
import { networkSteps } from "./network_program.ts";
import { sandboxScore } from "./oom_score.ts";
import { procViewSteps } from "./proc_view.ts";
import { outgoing, reportAndGoOn } from "./report.ts";
import { streamSteps } from "./stream_program.ts";

const NAMESPACES = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS;

/** Rows it needs room for: some for each path of the policy, and all of the keeper's and the runner's. */
export const SANDBOX_ROWS = 255;

/** The places in the program that change from one sandbox to the next. */
export interface SandboxPlaces {
  /** The address of the cgroup's name; 0 if there is none. */
  readonly leaf: Address;
  /** Sets which of the zygote's network namespaces the sandbox is in, counted from 0. */
  readonly enter: (network: number) => void;
  /** Sets the number that its report carries. */
  readonly count: (number: number) => void;
}

/**
 * Makes a sandbox. The zygote reports the keeper's socket, the runner's socket and the pidfd; and
 * the count of sockets, if the network namespace is new.
 *
 * @param network Whether its network namespace is made with it, or is there from another sandbox.
 */
export function sandboxProgram(
  program: Program,
  platform: Platform,
  network: "new" | "used",
): SandboxPlaces {
  const [keeper, keeperEnd, runner, runnerEnd, free] = [0, 1, 2, 3, 4].map((i) => ZYGOTE_FREE + i);
  const isNew = network === "new";
  const last = isNew ? free + 1 : free; // the pidfd's number
  const report = program.words([REPORT.sandbox, 0]);
  const ours = isNew ? [keeper, runner, -1, free] : [keeper, runner, -1];
  const message = outgoing(program, report, 16, ours);
  socketPair(program, "the keeper", keeper);
  socketPair(program, "the runner", runner);
  const held = isNew ? networkSteps(program, platform, free) : undefined;
  // A job with its own cgroup makes its cgroup namespace itself: see arm_program.ts.
  const flags = NAMESPACES | CLONE_PIDFD | (platform.cgroup ? 0 : CLONE_NEWCGROUP);
  const args = cloneArgs(
    program,
    { flags, pidfd: message.descriptor(2) },
    `{NEWPID|NEWNS|NEWIPC|NEWUTS${platform.cgroup ? "" : "|NEWCGROUP"}, PIDFD}`,
  );
  let leaf = 0;
  let entered = 0;
  program.fork("make the sandbox's namespaces", args, {}, () => {
    entered = program.steps.length;
    program.step("enter the sandbox's network", "setns", [NETWORK.first, CLONE_NEWNET]);
    takeSocket(program, keeperEnd);
    program.step("keep the runner's socket", "dup3", [runnerEnd, REPORTS, O_CLOEXEC]);
    program.step("make room for the ruleset", "close", [RULESET]);
    program.step("close the rest", "close_range", [REPORTS + 1, CGROUP - 1, 0]);
    leaf = keeperSteps(program, platform);
    program.end();
  });
  program.step("report to the agent", "sendmsg", [CONTROL, message.header, 0]);
  program.step("close the agent's ends", "close_range", [keeper, last, 0]);
  program.end();
  const home = { step: "return to its own network", args: [NETWORK.home, CLONE_NEWNET] };
  reportAndGoOn(program, { made: [keeper, last], home });
  const enter = (network: number) => {
    program.setArgument(entered, 0, NETWORK.first + network);
    if (held !== undefined) program.setArgument(held, 1, NETWORK.first + network);
  };
  return { leaf, enter, count: (number) => program.put(report + 8, number) };
}

function keeperSteps(program: Program, platform: Platform): Address {
  program.step("die with the zygote", "prctl", [PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0]);
  program.step("wait for children again", "rt_sigaction", [SIGCHLD, program.space(32), 0, 8]);
  const name = "sandbox";
  program.step("name the machine", "sethostname", [program.text(name), name.length]);
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
  // First: it takes away what the zygote keeps where the sandbox directory will be.
  mount("mount /proc", program.text("proc"), "/proc", flags | MS_NOEXEC, "hidepid=invisible");
  sandboxScore(program);
  if (platform.view) procViewSteps(program, flags | MS_NOEXEC);
  mount(
    "mount the sandbox directory",
    tmpfs,
    SANDBOX,
    flags,
    `${size(sandbox_bytes)},mode=0700${owner}`,
  );
  mount("mount /tmp", tmpfs, "/tmp", flags, `${size(tmp_bytes)},mode=0700${owner}`);
  program.step("enter the sandbox directory", "chdir", [program.text(SANDBOX)]);
}
