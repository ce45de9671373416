// A pool of machines that runs jobs: who waits, who gets which machine, and what becomes of it.
//
// The promise to a caller: every run gets its result, or an error that says whether its program may
// have begun. A run that may have begun is never begun again, unless its caller allowed that.

import type { Client } from "../../controller/client.ts";
import { Jobs } from "./jobs.ts";
import type { Lease, LeaseOptions } from "./lease.ts";
import type { JobClient } from "./machine_source.ts";
import { Machines } from "./machines.ts";
import type { Member } from "./member.ts";
import { type PoolOptions, type Settings, settingsOf } from "./options.ts";
import { PoolError } from "./pool_error.ts";
import { type PoolRun, type PoolRunOptions } from "./pool_run.ts";
import { ReadyWaiters } from "./ready_waiters.ts";
import { EventCounts, machineStatus, type PoolState, type PoolStatus } from "./status.ts";
import { Waiting } from "./waiting.ts";

/** How a drain ended. */
export interface Drained {
  /** Jobs and leases that were cut off at the end of the grace. */
  readonly cut: number;
}

/** A pool. It begins to start machines when it is made; disposing stops everything. */
export class Pool<C extends JobClient = Client> implements AsyncDisposable {
  readonly #settings: Settings<C>;
  readonly #counts = new EventCounts();
  readonly #waiting: Waiting<Member<C>>;
  readonly #machines: Machines<C>;
  readonly #jobs: Jobs<C>;
  readonly #opened: Promise<void>;
  #state: PoolState = "open";
  #closing: Promise<void> | undefined;
  /** Why its source could not be opened. */
  #unopened: PoolError | null = null;
  readonly #ready = new ReadyWaiters();

  /** @throws TypeError on an option that cannot be. */
  constructor(options: PoolOptions<C>) {
    this.#settings = settingsOf(options, (event) => this.#counts.count(event));
    this.#waiting = new Waiting(this.#settings.queue, this.#settings.clock);
    this.#machines = new Machines(this.#settings, {
      onIdle: () => this.#dispatch(),
      onGivenUp: (why) => this.#refuseAll(noMachine(why)),
    });
    this.#jobs = new Jobs(this.#settings, this.#machines, this.#waiting, {
      refusal: () => this.#refusal(),
      dispatch: () => this.#dispatch(),
    });
    this.#opened = this.#settings.machines.open().then(() => {
      if (this.#state === "open") this.#machines.open();
    });
    this.#opened.catch((error) => this.#refuseAll(this.#unopened = noMachine(error.message)));
  }

  /**
   * Resolves when `count` machines, one when left out, wait for jobs.
   *
   * @throws {TypeError} The pool has not so many.
   * @throws {PoolError}
   */
  async ready(count = 1): Promise<void> {
    const { size } = this.#settings;
    if (!Number.isInteger(count) || count < 0 || count > size) {
      throw new TypeError(`Cannot wait for ${count} machines: the pool has ${size}`);
    }
    if (this.#state !== "open" || this.#unopened !== null) throw this.#refusal();
    const all = this.#ready.wait(count);
    this.#dispatch();
    await all;
  }

  /** Runs a program. Everything about it comes through what is returned, refusals too. */
  run(options: PoolRunOptions): PoolRun {
    return this.#jobs.run(options);
  }

  /** Gives the caller a machine for several runs. @throws PoolError */
  async lease(options: LeaseOptions = {}): Promise<Lease<C>> {
    return await this.#jobs.lease(options);
  }

  status(): PoolStatus {
    const now = this.#settings.clock.now();
    return {
      state: this.#state,
      waiting: this.#waiting.size,
      running: this.#jobs.going.count,
      machines: this.#machines.members.map((member) => machineStatus(member, now)),
      boots: this.#machines.boots.failed,
      counts: this.#counts.all,
    };
  }

  /**
   * Takes nothing new, sends those away who wait, lets what runs end, and closes. What still runs
   * after `graceMs` is cut off; its callers are told that it began.
   */
  async drain(graceMs: number): Promise<Drained> {
    if (this.#state === "open") {
      this.#state = "draining";
      this.#machines.settle();
      this.#refuseAll(this.#refusal()!);
    }
    await this.#jobs.going.untilNone(graceMs);
    const cut = this.#jobs.going.count;
    await this.#close();
    return { cut };
  }

  /** Stops everything at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  /** Why nothing is taken; null if it is. */
  #refusal(): PoolError | null {
    if (this.#state === "draining") return new PoolError("draining", "The pool takes no more jobs");
    if (this.#state === "closed") return new PoolError("closed", "The pool has ended");
    if (this.#unopened !== null) return this.#unopened;
    const { givenUp } = this.#machines;
    return givenUp === null ? null : noMachine(givenUp);
  }

  /** Gives machines to those who wait. */
  #dispatch(): void {
    this.#ready.look(this.#machines.members.filter(({ state }) => state === "idle").length);
    while (this.#waiting.size > 0) {
      const member = this.#machines.take();
      if (member === undefined) return;
      this.#jobs.going.begin();
      this.#waiting.serve(member);
    }
  }

  /** Sends all away who wait, with the same words for each. */
  #refuseAll({ kind, message }: PoolError): void {
    this.#waiting.refuseAll(() => new PoolError(kind, message));
    this.#ready.fail(new PoolError(kind, message));
  }

  #close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#state = "closed";
      this.#machines.settle();
      this.#refuseAll(this.#refusal()!);
      this.#jobs.close();
      await this.#opened.catch(() => {});
      await this.#machines.close();
      await this.#jobs.going.untilNone();
      await this.#settings.machines.close();
    })();
    return this.#closing;
  }
}

function noMachine(why: string): PoolError {
  return new PoolError("no_machine", `No machine can be started: ${why}`);
}
