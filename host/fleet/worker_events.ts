// What a worker tells its observers, as it happens.

import type { JobName } from "./names.ts";

/** How a delivery ended. */
export type DeliveryEnd =
  /** Its outcome was stored by this worker. */
  | "result"
  | "refused"
  | "cancelled"
  | "dead"
  /** There was an outcome already: before it ran, or when this worker's was to be stored. */
  | "known"
  /** It was given back, and is delivered again. */
  | "again";

/** What happened. */
export type WorkerEvent =
  /** It is about to run. */
  | { readonly type: "begins"; readonly job: JobName; readonly delivery: number }
  | {
    readonly type: "ended";
    readonly job: JobName;
    readonly delivery: number;
    readonly how: DeliveryEnd;
    /** Why it is given back or dead; "" otherwise. */
    readonly why: string;
    readonly tookMs: number;
  }
  /** The server does not do what is asked. It is asked again. */
  | { readonly type: "trouble"; readonly what: string; readonly why: string };
