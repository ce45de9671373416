// A clock that stands still until everything that was to happen at its time has happened, and then
// jumps to the next timer.

import { setImmediate } from "node:timers";
import type { Clock } from "../pool/clock.ts";

interface Timer {
  readonly at: number;
  /** Timers of one time fire in the order in which they were made. */
  readonly order: number;
  call: (() => void) | null;
}

/** Virtual time. Whatever waits for it must wait for nothing else: no file, socket or real timer. */
export class VirtualClock implements Clock {
  #now: number;
  #made = 0;
  /** A binary heap: no timer is before its parent, which stands at half its place. */
  readonly #heap: Timer[] = [];

  /** @param start Milliseconds since 1970. */
  constructor(start = 1_800_000_000_000) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, call: () => void): () => void {
    if (!(ms >= 0)) throw new RangeError(`Cannot wait for ${ms} ms`);
    const timer: Timer = { at: this.#now + ms, order: this.#made++, call };
    this.#heap.push(timer);
    this.#rise(this.#heap.length - 1);
    return () => timer.call = null;
  }

  /**
   * Lets time pass until `done`, or until nobody waits for it any more.
   *
   * @throws RangeError when `limitMs` have passed.
   */
  async run(done: () => boolean, limitMs = Infinity): Promise<void> {
    const limit = this.#now + limitMs;
    for (;;) {
      await settled();
      if (done()) return;
      const timer = this.#next();
      if (timer === undefined) return;
      if (timer.at > limit) throw new RangeError(`Not done after ${limitMs} ms`);
      this.#now = timer.at;
      timer.call!();
    }
  }

  #next(): Timer | undefined {
    for (;;) {
      const first = this.#heap[0];
      const last = this.#heap.pop();
      if (first === undefined) return undefined;
      if (this.#heap.length > 0) {
        this.#heap[0] = last!;
        this.#sink();
      }
      if (first.call !== null) return first;
    }
  }

  #rise(place: number): void {
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#swap(place, parent)) return;
      place = parent;
    }
  }

  #sink(): void {
    for (let place = 0;;) {
      const [left, right] = [2 * place + 1, 2 * place + 2];
      const child = right < this.#heap.length && before(this.#heap[right], this.#heap[left])
        ? right
        : left;
      if (child >= this.#heap.length || !this.#swap(child, place)) return;
      place = child;
    }
  }

  /** Swaps a timer with its parent if it is before it. Returns whether it was. */
  #swap(child: number, parent: number): boolean {
    const heap = this.#heap;
    if (!before(heap[child], heap[parent])) return false;
    [heap[child], heap[parent]] = [heap[parent], heap[child]];
    return true;
  }
}

function before(one: Timer, other: Timer): boolean {
  return one.at < other.at || one.at === other.at && one.order < other.order;
}

/** Resolves when all that could go on without time has gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
