// How a pool is made, and what is taken where nothing is said.

import type { BootOptions } from "./boots.ts";
import { type Clock, hostClock } from "./clock.ts";
import type { Happening, PoolEvent } from "./events.ts";
import type { HealthOptions } from "./health.ts";
import type { JobClient, MachineSource } from "./machine_source.ts";
import type { QueueLimits } from "./queue.ts";
import { checkRecycling, type Recycling, type WearLimits } from "./recycling.ts";

/** Options of a pool. */
export interface PoolOptions<C extends JobClient> {
  readonly machines: MachineSource<C>;
  /** How many machines there are, those that boot and those that have a job included. */
  readonly size: number;
  /** `fresh` when left out: no job sees a machine that another has used. */
  readonly recycling?: Recycling;
  readonly wear?: WearLimits;
  /** 100 may wait when left out. */
  readonly queue?: QueueLimits;
  /** Every 5 s and 5 s when left out. */
  readonly health?: Partial<HealthOptions>;
  /** Two at once; waits from 0.25 s to 30 s; given up after 5 when left out. */
  readonly boots?: Partial<BootOptions>;
  /** Called with everything that happens. What it throws is dropped. */
  readonly onEvent?: (event: PoolEvent) => void;
  readonly clock?: Clock;
  /** From 0 up to 1. */
  readonly random?: () => number;
}

/** Options with nothing left out. */
export interface Settings<C extends JobClient> {
  readonly machines: MachineSource<C>;
  readonly size: number;
  readonly recycling: Recycling;
  readonly wear: WearLimits;
  readonly queue: QueueLimits;
  readonly health: HealthOptions;
  readonly boots: BootOptions;
  readonly clock: Clock;
  readonly random: () => number;
  readonly tell: (happening: Happening) => void;
}

/**
 * Fills in what was left out.
 *
 * @param also An observer beside that of the options.
 * @throws TypeError on a number that cannot be.
 */
export function settingsOf<C extends JobClient>(
  options: PoolOptions<C>,
  also: (event: PoolEvent) => void,
): Settings<C> {
  const { machines, size, recycling = "fresh", clock = hostClock, onEvent } = options;
  checkRecycling(recycling);
  if (!Number.isInteger(size) || size < 1) throw new TypeError(`Cannot have ${size} machines`);
  return {
    machines,
    size,
    recycling,
    wear: options.wear ?? {},
    queue: options.queue ?? { waiting: 100 },
    health: { everyMs: 5000, answerMs: 5000, ...options.health },
    boots: {
      atOnce: 2,
      backoff: { firstMs: 250, longestMs: 30_000 },
      giveUpAfter: 5,
      ...options.boots,
    },
    clock,
    random: options.random ?? Math.random,
    tell: (happening) => {
      const event = { at: clock.now(), ...happening };
      also(event);
      try {
        onEvent?.(event);
      } catch {
        // An observer's fault must not become a job's.
      }
    },
  };
}
