// What every syscall program agrees on: descriptors, ids and places inside a sandbox.
//
// Descriptor numbers in a launcher are deterministic (the lowest free one), so the programs can
// name them; the reports carry the real numbers where the kernel hands them out, and the receiver
// compares.

import type { Arch } from "../linux/syscall_numbers.ts";
import type { SandboxLimits } from "./job_limits.ts";

/** The launcher's socket: programs come in, reports and descriptors go out. */
export const CONTROL = 3;

/** The Landlock ruleset that the job restricts itself with, kept open by the sandbox. */
export const RULESET = 4;

/**
 * A second descriptor of the runner's socket, for reports: a job has it too, and programs of its
 * own on CONTROL.
 */
export const REPORTS = 5;

/**
 * The job's streams in the runner, made before the request comes: read and write end of each pipe.
 */
export const STREAMS = {
  outRead: 6,
  outWrite: 7,
  errRead: 8,
  errWrite: 9,
  inRead: 10,
  inWrite: 11,
};

/**
 * The socket by which the job gets its program, made with the streams: the agent's end and the
 * job's.
 */
export const JOB_SOCKET = { agentEnd: 12, jobEnd: 13 };

/** The runner's lowest free descriptor, once the next job's streams and socket are there. */
export const RUNNER_FREE = 14;

/** A confined job's lowest free descriptor: it has only its streams, CONTROL and REPORTS. */
export const JOB_FREE = 4;

/** Ids inside the zygote's user namespace. */
export const ROOT = 0;
export const JOB = 1000;

/** Ids outside it, where the agent started as root: each side has one of its own. */
export const OUTER_ROOT = 65532;
export const OUTER_JOB = 65533;

/** The sandbox directory: the job's working directory, writable, empty at the start. */
export const SANDBOX = "/sandbox";

/**
 * The first word of a report. A failure's first word is an address in the arena, so never one of
 * these.
 */
export const REPORT = {
  zygote: 1,
  sandbox: 2,
  made: 3,
  streams: 4,
  started: 5,
  listener: 6,
  ended: 7,
  reaped: 8,
  processes: 9,
  stats: 10,
  file: 11,
  entries: 12,
  attributes: 13,
  removed: 14,
  changed: 15,
} as const;

/** A directory of the guest that jobs see, or the symbolic link that stands in its place. */
export interface ReadOnlyPath {
  readonly path: string;
  /** Where the link points, for a path that is one ("/bin" on a merged /usr). */
  readonly link?: string;
}

/** What was found out about this machine at start-up: the programs are built for it. */
export interface Platform {
  readonly arch: Arch;
  /** Whether root started the agent, so that zygote and job have ids of their own outside. */
  readonly ownIds: boolean;
  /** Whether the root file system is the kernel's rootfs, which pivot_root(2) cannot leave. */
  readonly rootfs: boolean;
  /** Landlock's ABI version; 0: the layer is off. */
  readonly landlock: number;
  /** Whether a filter is installed in the job. */
  readonly seccomp: boolean;
  readonly readOnlyPaths: readonly ReadOnlyPath[];
  readonly limits: SandboxLimits;
  /** Whether the zygote holds a delegated cgroup v2 directory on descriptor CGROUP. */
  readonly cgroup: boolean;
}

/**
 * The delegated cgroup's directory in zygote and runner, where there is one: out of the others'
 * way.
 */
export const CGROUP = 100;

/** The directory of the job's own cgroup in the runner, made with the streams. */
export const LEAF = 101;

/** The keeper's lowest free descriptor. */
export const KEEPER_FREE = CONTROL + 1;

/** The zygote's lowest free descriptor. */
export const ZYGOTE_FREE = 4;
