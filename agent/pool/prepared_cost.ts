// What a sandbox costs that is made ahead: the time, and the memory of its launchers.

import type { Arch } from "../../linux/syscall_numbers.ts";
import { memoryProgram, readMemory } from "../../sandbox/keeper_program.ts";
import { Program } from "../../sandbox/program.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { now } from "../core/loop.ts";

/** The cost of one. */
export interface SandboxCost {
  /**
   * Twice the keeper's resident memory, in bytes: the runner runs the same program. The kernel's own,
   * for namespaces, is not known.
   */
  readonly memoryBytes: number;
  /** From the zygote's program until the sandbox could be used. */
  readonly makeMs: number;
}

/** The keeper's pid inside. It cannot read of the runner, which is as closed to tracing as it is. */
const KEEPER = 1;
const LAUNCHERS = 2;

/** Measures the time of each, and the memory of the first: they are all alike. */
export class PreparedCost {
  readonly #read: Program;
  #made: { readonly sandbox: Sandbox; readonly since: number } | undefined;
  #memoryBytes: number | undefined;
  #makeMs = 0;

  constructor(arch: Arch) {
    this.#read = new Program(arch);
    memoryProgram(this.#read, KEEPER);
  }

  /** What is known; undefined before the first one was measured. */
  get known(): SandboxCost | undefined {
    if (this.#memoryBytes === undefined) return undefined;
    return { memoryBytes: this.#memoryBytes, makeMs: this.#makeMs };
  }

  /** The zygote has reported the sandbox, which it was asked for at `since`. */
  onMade(sandbox: Sandbox, since: number): void {
    this.#made = { sandbox, since };
  }

  /** The sandbox can be used. */
  onReady(sandbox: Sandbox): void {
    if (this.#made?.sandbox !== sandbox) return;
    this.#makeMs = now() - this.#made.since;
    this.#made = undefined;
    if (this.#memoryBytes !== undefined) return;
    this.#memoryBytes = 0;
    sandbox.ask(this.#read, (message) => {
      this.#memoryBytes = LAUNCHERS * readMemory(message);
      return true;
    });
  }
}
