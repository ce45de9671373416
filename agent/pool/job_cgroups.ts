// Numbers the jobs' cgroups, and removes them when a run is over.
//
// The runner makes a leaf. The zygote removes it, since it lives as long as the agent. Right after
// a kill the kernel may still count a process in the leaf (EBUSY), so the removal is retried, as it
// is after any other error that may pass. A leaf that cannot be removed ends the agent.

import { E, errnoName } from "../../linux/errno.ts";
import { mayPass } from "../../linux/passing_error.ts";
import type { Arch } from "../../linux/syscall_numbers.ts";
import { removeLeafProgram } from "../../sandbox/cgroup_program.ts";
import { Program } from "../../sandbox/program.ts";
import type { Failure } from "../../sandbox/report.ts";
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

/** Id of the program, to tell its failures from those of the ones that make sandboxes. */
const REMOVE = 5;

/** Hands out leaf numbers and makes sure that every leaf is removed. */
export class JobCgroups {
  /** The program that removes a leaf. */
  readonly program: Program;
  readonly #tries = new Map<number, number>();
  /** Leaves whose removal was sent, in the order in which the zygote answers. */
  readonly #sent: number[] = [];
  #last = 0;

  constructor(
    readonly loop: Pick<Loop, "after">,
    readonly zygote: Pick<ZygoteMailbox, "send">,
    arch: Arch,
  ) {
    this.program = new Program(arch, REMOVE);
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
    removeLeafProgram(this.program.reset(), number);
    const failure = this.zygote.send(this.program, "remove a cgroup");
    if (failure === undefined) this.#sent.push(number);
    else this.#again(number, failure.errno);
  }

  /** Handles the zygote's answer. A leaf was never made (ENOENT) if its sandbox ended too early. */
  onRemoved(number: number, result: number): void {
    this.#sent.shift();
    if (result === 0 || result === -E.ENOENT) return void this.#tries.delete(number);
    this.#again(number, errnoName(result));
  }

  /** The zygote could not answer. */
  onFailed({ errno }: Failure): void {
    const number = this.#sent.shift();
    if (number !== undefined) this.#again(number, errno);
  }

  #again(number: number, errno: string): void {
    const tries = (this.#tries.get(number) ?? 0) + 1;
    if (!mayPass(errno) || tries >= MAX_TRIES) {
      throw new FatalError(`Cannot remove a job's cgroup: ${errno}`);
    }
    this.#tries.set(number, tries);
    this.loop.after(RETRY_MS, () => this.remove(number));
  }
}
