// How a worker is made, and what is taken where nothing is said.

import type { FleetSettings } from "./settings.ts";
import type { WorkerEvent } from "./worker_events.ts";

/** Options of a worker. */
export interface WorkerOptions {
  /** It takes jobs for this class; "default" when left out. */
  readonly class?: string;
  /** Its name among the workers; the host's with some letters when left out. */
  readonly name?: string;
  readonly settings?: Partial<FleetSettings>;
  /** How much of each stream of output a result has; 16 MiB when left out. */
  readonly keepBytes?: number;
  /** How often it looks for jobs that no hint told of; 1 s when left out. */
  readonly lookMs?: number;
  /** How often it looks for what a server that was killed has left in the queue; 60 s. */
  readonly sweepMs?: number;
  /** How often it gives a sign of life; 5 s when left out. */
  readonly beatMs?: number;
  /** Called with everything that happens. What it throws is dropped. */
  readonly onEvent?: (event: WorkerEvent) => void;
}
