// One job's way through the pool, and what observers are told of it.

import type { JobClient } from "./machine_source.ts";
import type { Member } from "./member.ts";
import type { Settings } from "./options.ts";
import { type Began, PoolError } from "./pool_error.ts";
import type { Turn, Waiting, WaitOptions } from "./waiting.ts";

/** How to wait, and how often again. */
export interface EntryOptions extends WaitOptions {
  readonly retries?: number;
}

/** A job that waits or has a machine. */
export class Entry<C extends JobClient> {
  attempts = 0;
  #beganAt = 0;
  #machine: string | null = null;
  #over = false;

  private constructor(
    readonly settings: Settings<C>,
    readonly job: string,
    readonly options: EntryOptions,
    readonly turn: Turn<Member<C>>,
  ) {}

  /** Joins the line. @throws `refusal`, or why the line does not take it. */
  static join<C extends JobClient>(
    settings: Settings<C>,
    waiting: Waiting<Member<C>>,
    job: string,
    options: EntryOptions,
    refusal: PoolError | null,
  ): Entry<C> {
    const { tenant = "", priority = 0 } = options;
    try {
      if (refusal !== null) throw refusal;
      const turn = waiting.join(options);
      settings.tell({ type: "queued", job, tenant, priority, waiting: waiting.size });
      return new Entry(settings, job, options, turn);
    } catch (error) {
      const how = error instanceof PoolError ? error.kind : "refused";
      const times = { waitedMs: 0, ranMs: 0 };
      settings.tell({ type: "ended", job, tenant, machine: null, how, began: "no", ...times });
      throw error;
    }
  }

  /** From the call until its last machine was its own; until now where it had none. */
  get waitedMs(): number {
    const until = this.#machine === null ? this.settings.clock.now() : this.#beganAt;
    return until - this.turn.item.since;
  }

  /** It has a machine that answers. */
  begins({ name }: Member<C>): void {
    const { job, settings, attempts: attempt, turn: { tenant } } = this;
    this.#beganAt = settings.clock.now();
    this.#machine = name;
    settings.tell({ type: "began", job, tenant, machine: name, attempt, waitedMs: this.waitedMs });
  }

  /** It lost its machine, and waits again. */
  waitsAgain({ name }: Member<C>, began: Began): void {
    const { job, settings, turn: { tenant } } = this;
    settings.tell({ type: "again", job, tenant, machine: name, began });
  }

  /** Its caller has a result. Only the first call counts. */
  ends(how: string, began: Began): void {
    if (this.#over) return;
    this.#over = true;
    const { job, settings, waitedMs, turn: { tenant } } = this;
    const machine = this.#machine;
    const ranMs = machine === null ? 0 : settings.clock.now() - this.#beganAt;
    settings.tell({ type: "ended", job, tenant, machine, how, began, waitedMs, ranMs });
  }

  /** Its caller has an error, which is returned. */
  fails(error: unknown): unknown {
    const known = error instanceof PoolError;
    this.ends(known ? error.kind : "refused", known ? error.began : "no");
    return error;
  }
}
