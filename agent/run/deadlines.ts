// The deadlines of one run. Each has a name and is set at most once at a time.

import type { Loop, Timer } from "../core/loop.ts";

/** What a run waits for. */
export type Deadline = "timeout" | "grace" | "kill" | "reap";

/** Timers that end with their run. */
export class Deadlines {
  readonly #timers = new Map<Deadline, Timer>();

  constructor(readonly loop: Loop) {}

  /** Calls `call` after `delayMs`. Replaces an earlier call of the same deadline. */
  set(name: Deadline, delayMs: number, call: () => void): void {
    this.loop.cancel(this.#timers.get(name));
    this.#timers.set(name, this.loop.after(delayMs, call));
  }

  /** Cancels all deadlines. */
  clear(): void {
    for (const timer of this.#timers.values()) this.loop.cancel(timer);
    this.#timers.clear();
  }
}
