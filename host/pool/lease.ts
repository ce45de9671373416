// A machine that is one caller's for a while, for several runs in a kept sandbox.
//
// A lease always ends: by its release, at its time limit, or with its machine. So one that is
// forgotten costs a machine for its time limit at most.

import type { JobClient } from "./machine_source.ts";
import type { WaitOptions } from "./waiting.ts";

/** How to wait for a lease, and how long it lasts. */
export interface LeaseOptions extends WaitOptions {
  /** The longest time until its release, in milliseconds; ten minutes when left out. */
  readonly limitMs?: number;
}

/** The longest time of a lease where nothing is said. */
export const LEASE_MS = 600_000;

/** How a lease ended. `lost`: its machine did. `closed`: the pool did. */
export type LeaseEnd = "released" | "expired" | "lost" | "closed";

/** A lease. Disposing releases it. */
export class Lease<C extends JobClient> implements AsyncDisposable {
  readonly #ended = Promise.withResolvers<LeaseEnd>();
  readonly #over: (how: LeaseEnd) => void;

  /** Made by the pool. */
  constructor(
    readonly job: string,
    readonly machine: string,
    /** The connection. It is closed at the lease's end, and then every call fails. */
    readonly client: C,
    /** How long it waited for its machine. */
    readonly waitedMs: number,
    over: (how: LeaseEnd) => void,
  ) {
    this.#over = over;
  }

  /** Resolves at its end. */
  get ended(): Promise<LeaseEnd> {
    return this.#ended.promise;
  }

  /** Gives the machine back. What still runs is cancelled. Later calls do nothing. */
  async release(): Promise<void> {
    this.end("released");
    await this.ended;
  }

  /** From the pool, and from `release`: only the first call counts. */
  end(how: LeaseEnd): void {
    this.#over(how);
    this.#ended.resolve(how);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}
