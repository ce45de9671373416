// What a pool tells its observers, as it happens. Metrics and traces are made from this elsewhere.

import type { Began, PoolErrorKind } from "./pool_error.ts";

/** A run's status, or why there is none; "refused" by the agent; "released" or "expired" leases. */
export type JobEnd = string | PoolErrorKind | "refused" | "released" | "expired";

interface OfJob {
  /** The pool's name of the run or lease. */
  readonly job: string;
  readonly tenant: string;
}

/** What happened. Every event also has its time. */
export type Happening =
  /** Somebody waits; `waiting` includes this one. */
  | OfJob & { readonly type: "queued"; readonly priority: number; readonly waiting: number }
  /** It got a machine. `attempt` counts from 1. */
  | OfJob & {
    readonly type: "began";
    readonly machine: string;
    readonly attempt: number;
    readonly waitedMs: number;
  }
  /** It lost its machine, and waits again. */
  | OfJob & { readonly type: "again"; readonly machine: string; readonly began: Began }
  /** Its caller has a result or an error. Both times are 0 for one that never had a machine. */
  | OfJob & {
    readonly type: "ended";
    readonly machine: string | null;
    readonly how: JobEnd;
    readonly began: Began;
    readonly waitedMs: number;
    readonly ranMs: number;
  }
  | { readonly type: "booting"; readonly machine: string }
  | { readonly type: "ready"; readonly machine: string; readonly bootMs: number }
  /** A machine did not become ready. No other is started for `pauseMs`. */
  | {
    readonly type: "boot_failed";
    readonly machine: string;
    readonly why: string;
    readonly failures: number;
    readonly pauseMs: number;
  }
  /** It ended, or answered nothing and was ended. */
  | OfMachine & { readonly type: "died" }
  /** It was ended, since it had been used enough. */
  | OfMachine & { readonly type: "recycled" };

interface OfMachine {
  readonly machine: string;
  readonly why: string;
  readonly runs: number;
  readonly aliveMs: number;
}

/** One event. */
export type PoolEvent = Happening & {
  /** Milliseconds since 1970. */
  readonly at: number;
};
