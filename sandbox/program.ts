// A syscall program: named steps, their data, and where each result goes.
//
// The launcher runs these programs without knowing what they mean. So everything that happens
// between a request and the user's program is written with this builder, readable step by step. A
// program is one message: header, rows, data. launcher_x86_64.s describes the layout.

import { type Arch, type SyscallName, syscallNumber } from "../linux/syscall_numbers.ts";
import { type Address, Arena } from "./arena.ts";
import { ARENA } from "./launcher/code.ts";

const HEADER_SIZE = 64;
/** Where the header holds the program's id. */
const ID = 24;
const ROW_SIZE = 64;
/** Rows that a program has room for by default. */
const MAX_ROWS = 127;
const MUST = 1;
const END = -1;

/**
 * A result that becomes an argument of one later step: pass it as `store` first, then as the
 * argument.
 */
export class Flow {
  /** Where the producing row holds the address to store the result at; set by the builder. */
  producer?: number;
}

/** An argument of a step: a value, an address, or the result of an earlier step. */
export type Argument = number | bigint | Flow;

/** Options of a step. */
export interface StepOptions {
  /**
   * Whether a negative result ends the program and is reported with the step's name. Default: true.
   */
  must?: boolean;
  /** Where the result is stored, as 64 bits, or the flow that passes it on. */
  store?: Address | Flow;
}

/** One step as it was added, for the listing and for the name of a failed step. */
export interface Step {
  readonly name: string;
  readonly call: SyscallName | "end";
  readonly args: readonly Argument[];
  readonly options: StepOptions;
  /** 0 for the launcher's own steps, 1 for those of the process it forks. */
  readonly depth: number;
}

/** Builds one program. An instance can be reset and reused: its buffer is allocated once. */
export class Program extends Arena {
  readonly #arch: Arch;
  readonly #steps: Step[] = [];
  #row = HEADER_SIZE;
  #depth = 0;

  /**
   * @param arch Whose syscall numbers the rows carry.
   * @param id Kept in the header, where the launcher does not change it. A failure carries it, and
   * so tells which of several programs failed.
   * @param rows The most rows it can have. The data come after them, and all of it is sent.
   */
  constructor(arch: Arch, readonly id = 0, rows = MAX_ROWS) {
    super(HEADER_SIZE + rows * ROW_SIZE);
    this.#arch = arch;
    this.view.setUint32(ID, id, true);
  }

  /** Forgets all steps and data. */
  reset(): this {
    this.clear();
    this.view.setUint32(ID, this.id, true);
    this.#steps.length = 0;
    this.#row = HEADER_SIZE;
    this.#depth = 0;
    return this;
  }

  /** The steps so far. */
  get steps(): readonly Step[] {
    return this.#steps;
  }

  /** Adds one syscall. */
  step(
    name: string,
    call: SyscallName,
    args: readonly Argument[],
    options: StepOptions = {},
  ): void {
    this.#write(
      { name, call, args, options, depth: this.#depth },
      syscallNumber(this.#arch, call),
      0,
    );
  }

  /** Ends the program here: the launcher reads its next one. */
  end(): void {
    this.#write({ name: "end", call: "end", args: [], options: {}, depth: this.#depth }, END, 0);
  }

  /**
   * Adds one syscall, and steps that run only if its result is 0.
   *
   * @param rows Adds the steps.
   */
  whenZero(
    name: string,
    call: SyscallName,
    args: readonly Argument[],
    options: StepOptions,
    rows: () => void,
  ): void {
    const row = this.#row;
    this.step(name, call, args, options);
    rows();
    const skipped = (this.#row - row) / ROW_SIZE - 1;
    this.view.setUint16(row + 6, skipped, true);
  }

  /**
   * Adds a clone3: the child runs the steps of `child`, the parent continues after them.
   *
   * @param cloneArgs Address of a struct clone_args.
   * @param child Adds the child's steps; the last of them must end the program or never return.
   */
  fork(name: string, cloneArgs: Address, options: StepOptions, child: () => void): void {
    this.whenZero(name, "clone3", [cloneArgs, 88], options, () => {
      this.#depth++;
      child();
      this.#depth--;
    });
  }

  /**
   * Adds the rows that run after a failed step. Call it once, after all other steps have ended the
   * program, so that nothing else runs into these rows.
   *
   * @param rows Adds the steps; the header of the arena says which row failed and why.
   */
  onFailure(rows: () => void): void {
    this.onFailureFromHere();
    rows();
  }

  /**
   * Makes a failed step continue at the step that is added next, the only way for a program to run
   * forever. Used instead of `onFailure`.
   */
  onFailureFromHere(): void {
    this.view.setBigUint64(0, BigInt(ARENA + this.#row), true);
  }

  /** Changes an argument of the step with that index. The argument must not be a `Flow`. */
  setArgument(step: number, argument: number, value: number): void {
    this.word(HEADER_SIZE + step * ROW_SIZE + 8 + 8 * argument, value);
  }

  /** The step in the row at `address`, or undefined if there is none. */
  stepAt(address: number): Step | undefined {
    return this.#steps[(address - ARENA - HEADER_SIZE) / ROW_SIZE];
  }

  #write(step: Step, number: number, skip: number): void {
    const at = this.#row;
    if (at + ROW_SIZE > this.rowsEnd) throw new RangeError("Cannot build program: too many steps");
    const must = number !== END && step.options.must !== false;
    this.view.setInt32(at, number, true);
    this.view.setUint32(at + 4, (must ? MUST : 0) | (skip << 16), true);
    for (let index = 0; index < 6; index++) {
      const argument = step.args[index] ?? 0;
      if (argument instanceof Flow) this.#receive(argument, at + 8 + 8 * index);
      else this.word(at + 8 + 8 * index, argument);
    }
    const store = step.options.store ?? 0;
    if (store instanceof Flow) store.producer = at + 56;
    else this.word(at + 56, store);
    this.#row += ROW_SIZE;
    this.#steps.push(step);
  }

  #receive(flow: Flow, at: number): void {
    if (flow.producer === undefined) {
      throw new Error("Cannot build program: a result flows backwards");
    }
    this.word(flow.producer, ARENA + at);
  }
}
