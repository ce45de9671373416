// How a machine of the pool is started, and when: from its image or from one snapshot of it, and not
// again at once after it has failed.

import { backoffMs, type BackoffOptions } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import { Golden } from "./golden.ts";
import type { JobClient, MachineSource } from "./machine_source.ts";
import type { Member } from "./member.ts";

/** How many boots there may be at once, and what follows those that fail. */
export interface BootOptions {
  readonly atOnce: number;
  readonly backoff: BackoffOptions;
  /** So many failures in a row, with no machine alive, are told to whoever waits. */
  readonly giveUpAfter: number;
}

/** Why the last boots failed. */
export interface BootFailures {
  /** How many in a row. */
  readonly failures: number;
  readonly why: string;
  /** When the next is tried, in milliseconds since 1970. */
  readonly nextAt: number;
}

/** Failures that no later try changes. */
const lasting = new Set(["bad_options", "unsupported", "not_installed"]);

/** The boots of one pool. */
export class Boots<C extends JobClient> {
  #failed: BootFailures | null = null;
  /** Null where machines start from their image. */
  readonly #golden: Golden<C> | null;
  #hopeless = false;

  constructor(
    readonly options: BootOptions,
    source: MachineSource<C>,
    restores: boolean,
    readonly clock: Clock,
    readonly random: () => number,
  ) {
    this.#golden = restores ? new Golden(source) : null;
  }

  get failed(): BootFailures | null {
    return this.#failed;
  }

  /** How many may be going on now. One alone makes the snapshot, or tries whether it works again. */
  get atOnce(): number {
    const unsure = this.#failed !== null || this.#golden?.isMade === false;
    return unsure ? 1 : this.options.atOnce;
  }

  /** How long to wait before the next. */
  get pauseMs(): number {
    return Math.max(0, (this.#failed?.nextAt ?? 0) - this.clock.now());
  }

  /** Whether who waits should be told. */
  get givenUp(): boolean {
    return this.#hopeless || (this.#failed?.failures ?? 0) >= this.options.giveUpAfter;
  }

  /** Starts a machine and connects to it. `answerMs`: how long a sign of life may take. */
  async boot(member: Member<C>, answerMs: number): Promise<void> {
    const { machine } = member;
    if (this.#golden === null) await machine.start();
    else await this.#golden.restore(machine);
    await member.connect(answerMs);
  }

  /** Notes a failure. Returns how long to wait. */
  fails(error: unknown): number {
    const failures = (this.#failed?.failures ?? 0) + 1;
    const pause = backoffMs(failures, this.options.backoff, this.random());
    const why = error instanceof Error ? error.message : String(error);
    this.#failed = { failures, why, nextAt: this.clock.now() + pause };
    this.#hopeless = lasting.has((error as { kind?: string }).kind ?? "");
    this.#golden?.fails();
    return pause;
  }

  /** Notes that a machine has proved itself. */
  succeeds(): void {
    this.#failed = null;
    this.#hopeless = false;
    this.#golden?.succeeds();
  }

  /** Ends what is going on for the snapshot. */
  async close(): Promise<void> {
    await this.#golden?.close();
  }
}
