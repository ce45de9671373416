// How often something that failed while nobody waited for it is tried again, and when.
//
// Memory, descriptors and processes run out and come back; an interrupted call is no failure at all.
// So such an error is tried again, each time after twice as long. One that lasts, or of a kind that
// does not pass, ends the agent: it would occur for every job. One between which jobs run does not.

import { mayPass } from "../../linux/passing_error.ts";
import type { Failure } from "../../sandbox/report.ts";
import { FatalError } from "../core/fatal.ts";
import { type Loop, now, type Timer } from "../core/loop.ts";

/** Time until the first retry; it doubles with each. */
export const FIRST_MS = 20;
/** Retries in a row: five seconds in all. */
export const MAX_RETRIES = 8;
/** Failures further apart than this do not belong together. */
const APART_MS = 10_000;

/** Counts failures in a row. */
export class Retries {
  #count = 0;
  #lastAt = -Infinity;
  #steady = true;
  #timer: Timer | undefined;

  constructor(readonly loop: Pick<Loop, "after">, readonly clock: () => number = now) {}

  /** Whether the next try waits for its time. */
  get waiting(): boolean {
    return this.#timer !== undefined;
  }

  /**
   * Calls `again` later.
   *
   * @param lived Whether it had succeeded first and then went: another success does not end the row.
   * @throws FatalError naming the step, where trying again is of no use.
   */
  failed({ step, errno }: Failure, again: () => void, lived = false): void {
    const at = this.clock();
    if (at - this.#lastAt > APART_MS) this.#count = 0;
    this.#lastAt = at;
    this.#steady = !lived;
    if (!lived && !mayPass(errno)) throw new FatalError(`Cannot ${step}: ${errno}`);
    if (this.#count === MAX_RETRIES) {
      throw new FatalError(`Cannot ${step}: ${errno}, ${MAX_RETRIES + 1} times in a row`);
    }
    if (this.waiting) return; // one try for all that failed together
    this.#timer = this.loop.after(FIRST_MS * 2 ** this.#count++, () => {
      this.#timer = undefined;
      again();
    });
  }

  /** A job has run: what failed does not occur for every job. */
  worked(): void {
    this.#count = 0;
  }

  /** It succeeded. */
  succeeded(): void {
    if (this.#steady) this.#count = 0;
  }
}
