// Numbers the jobs' cgroups, and removes them when a run is over.
//
// The runner makes a leaf. The zygote removes it, since it lives as long as the agent. Right after
// a kill the kernel may still count a process in the leaf (EBUSY), so the removal is retried. A
// leaf that cannot be removed ends the agent.

import { E, errnoName } from "../../linux/errno.ts";
import type { Arch } from "../../linux/syscall_numbers.ts";
import { removeLeafProgram } from "../../sandbox/cgroup_program.ts";
import { Program } from "../../sandbox/program.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { FatalError } from "../core/fatal.ts";
import type { Loop } from "../core/loop.ts";
import type { ZygoteMailbox } from "./zygote_mailbox.ts";

/**
 * Time between two tries, and the number of tries: a killed process may take a second to disappear.
 */
const RETRY_MS = 10;
const MAX_TRIES = 500;

/** Numbers have nine digits. When one is used again, its old leaf is long gone. */
const MAX_NUMBER = 999_999_999;

/** Hands out leaf numbers and makes sure that every leaf is removed. */
export class JobCgroups {
  readonly #program: Program;
  readonly #tries = new Map<number, number>();
  #last = 0;

  constructor(
    readonly loop: Pick<Loop, "after">,
    readonly zygote: Pick<ZygoteMailbox, "send">,
    arch: Arch,
  ) {
    this.#program = new Program(arch);
  }

  /** A number that no leaf has. */
  next(): number {
    this.#last = this.#last % MAX_NUMBER + 1;
    return this.#last;
  }

  /**
   * Removes the cgroup of the last run in `sandbox`. Returns the number of the next run's cgroup,
   * or undefined if cgroups are off.
   */
  replaceIn(sandbox: Sandbox): number | undefined {
    if (sandbox.leafNumber === 0) return undefined;
    sandbox.closeLeaf();
    this.remove(sandbox.leafNumber);
    sandbox.leafNumber = this.next();
    return sandbox.leafNumber;
  }

  /** Removes a leaf without processes. */
  remove(number: number): void {
    removeLeafProgram(this.#program.reset(), number);
    this.zygote.send(this.#program, "remove a cgroup");
  }

  /** Handles the zygote's answer. A leaf was never made (ENOENT) if its sandbox ended too early. */
  onRemoved(number: number, result: number): void {
    if (result === 0 || result === -E.ENOENT) return void this.#tries.delete(number);
    const tries = (this.#tries.get(number) ?? 0) + 1;
    if (result !== -E.EBUSY || tries >= MAX_TRIES) {
      throw new FatalError(`Cannot remove a job's cgroup: ${errnoName(result)}`);
    }
    this.#tries.set(number, tries);
    this.loop.after(RETRY_MS, () => this.remove(number));
  }
}
