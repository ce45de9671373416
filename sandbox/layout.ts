// What all syscall programs share: descriptors, ids and paths inside a sandbox.
//
// Descriptor numbers in a launcher are deterministic (the lowest free one), so the programs can
// name them. Where the kernel hands out numbers, the reports carry the real ones, and the receiver
// compares.

import type { Arch } from "../linux/syscall_numbers.ts";
import type { SandboxLimits } from "./job_limits.ts";

/** The launcher's socket: programs come in, reports and descriptors go out. */
export const CONTROL = 3;

/** The Landlock ruleset that the job restricts itself with, kept open by the sandbox. */
export const RULESET = 4;

/**
 * A second descriptor of the runner's socket, for reports. A job has it too; its CONTROL is a
 * socket of its own.
 */
export const REPORTS = 5;

/** The job's streams in the runner, made before the request: read and write end of each pipe. */
export const STREAMS = {
  outRead: 6,
  outWrite: 7,
  errRead: 8,
  errWrite: 9,
  inRead: 10,
  inWrite: 11,
};

/**
 * The socket that brings the job its program, made with the streams: the agent's and the job's end.
 */
export const JOB_SOCKET = { agentEnd: 12, jobEnd: 13 };

/** The runner's lowest free descriptor, once the next job's streams and socket are there. */
export const RUNNER_FREE = 14;

/** A job's lowest free descriptor when it is forked: the runner has let go of the agent's ends. */
export const FORKED_FREE = STREAMS.outRead;

/** A confined job's lowest free descriptor: it has only its streams, CONTROL and REPORTS. */
export const JOB_FREE = 4;

/** Ids inside the zygote's user namespace. */
export const ROOT = 0;
export const JOB = 1000;

/** The ids they map to outside it, if the agent was started as root. */
export const OUTER_ROOT = 65532;
export const OUTER_JOB = 65533;

/** The sandbox directory: the job's working directory, writable, empty at the start. */
export const SANDBOX = "/sandbox";

/**
 * The first word of a report. A failure begins with an address in the arena, so with none of these.
 */
export const REPORT = {
  zygote: 1,
  sandbox: 2,
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
  handed: 16,
} as const;

/** A directory of the guest that jobs see, or a symbolic link that replaces it. */
export interface ReadOnlyPath {
  readonly path: string;
  /** Where the link points, if the path is one ("/bin" on a merged /usr). */
  readonly link?: string;
}

/** Something of the guest's /etc that jobs see: see etc_view.ts. */
export type EtcEntry =
  | {
    readonly kind: "file";
    readonly path: string;
    readonly bytes: number;
    readonly executable: boolean;
  }
  | { readonly kind: "directory"; readonly path: string }
  | { readonly kind: "link"; readonly path: string; readonly link: string };

/** A setting below /proc/sys, "kernel/ostype", and its value with the line's end. */
export interface Setting {
  readonly name: string;
  readonly value: string;
}

/** What was found out about this machine at start-up. The programs are built for it. */
export interface Platform {
  readonly arch: Arch;
  /** Whether root started the agent: then zygote and job have ids of their own outside. */
  readonly ownIds: boolean;
  /** Whether the root file system is the kernel's rootfs: pivot_root(2) does not work there. */
  readonly rootfs: boolean;
  /** Landlock's ABI version; 0: the layer is off. */
  readonly landlock: number;
  /** Whether a job sees only a part of /proc and /etc: see proc_view.ts and etc_view.ts. */
  readonly view: boolean;
  /** What it sees of the guest's /etc, if so. */
  readonly etc: readonly EtcEntry[];
  /** What it sees below /proc/sys, if so: see sys_view.ts. */
  readonly settings: readonly Setting[];
  /** Whether a filter is installed in the job. */
  readonly seccomp: boolean;
  readonly readOnlyPaths: readonly ReadOnlyPath[];
  /** Files of /etc that answer who a job is: see identity.ts. */
  readonly identityPaths: readonly string[];
  readonly limits: SandboxLimits;
  /** Whether the zygote holds a delegated cgroup v2 directory on descriptor CGROUP. */
  readonly cgroup: boolean;
  /** Whether the kernel tells how many sockets a network namespace has: see network_program.ts. */
  readonly countsSockets: boolean;
}

/**
 * The zygote's own network namespace, and those of the sandboxes: see network_program.ts. Below
 * CGROUP, so that whoever closes "the rest" closes them too.
 */
export const NETWORK = { home: 20, first: 21, last: 99 };

/**
 * The delegated cgroup's directory in zygote and runner, if there is one. The number is high, to be
 * out of the way of the other descriptors.
 */
export const CGROUP = 100;

/** The directory of the job's own cgroup in the runner, made with the streams. */
export const LEAF = 101;

/** Names of /proc that the keeper holds open, so that a job can see them: see proc_view.ts. */
export const HELD = { first: 110, last: 150 };

/**
 * Where the zygote builds the new root. The directory must exist; the zygote's mount hides its
 * contents.
 */
export const STAGE = "/tmp";

/** The keeper's lowest free descriptor. */
export const KEEPER_FREE = CONTROL + 1;

/** The zygote's lowest free descriptor. */
export const ZYGOTE_FREE = 4;
