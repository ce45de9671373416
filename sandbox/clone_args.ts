// struct clone_args of clone3(2), placed in a program's arena.

import { SIGCHLD } from "../linux/constants.ts";
import type { Address } from "./arena.ts";
import type { Program } from "./program.ts";

/** What a clone may ask for. */
export interface CloneOptions {
  /** CLONE_NEW*, CLONE_PIDFD, CLONE_PARENT_SETTID, CLONE_INTO_CGROUP ... */
  readonly flags: number;
  /** Where the pidfd's number is written (32 bits), with CLONE_PIDFD. */
  readonly pidfd?: Address;
  /** Where the child's pid is written in the parent (32 bits), with CLONE_PARENT_SETTID. */
  readonly parentTid?: Address;
  /** Descriptor of the cgroup directory, with CLONE_INTO_CGROUP. */
  readonly cgroup?: number;
}

/**
 * Places a struct clone_args (88 bytes, Linux 5.7). The parent gets SIGCHLD when the child ends.
 */
export function cloneArgs(program: Program, options: CloneOptions, note: string): Address {
  const { flags, pidfd = 0, parentTid = 0, cgroup = 0 } = options;
  return program.words([flags, pidfd, 0, parentTid, SIGCHLD, 0, 0, 0, 0, 0, cgroup], note);
}
