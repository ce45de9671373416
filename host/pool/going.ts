// Counts what is going on, and tells when nothing is.

import type { Clock } from "./clock.ts";

/** A count that can be waited for. */
export class Going {
  count = 0;
  #whenNone: (() => void)[] = [];

  constructor(readonly clock: Clock) {}

  begin(): void {
    this.count++;
  }

  end(): void {
    if (--this.count > 0) return;
    for (const resolve of this.#whenNone.splice(0)) resolve();
  }

  /** Resolves when nothing is going on, or after `limitMs`. */
  async untilNone(limitMs = Infinity): Promise<void> {
    if (this.count === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whenNone.push(resolve);
    const cancel = limitMs === Infinity ? () => {} : this.clock.after(limitMs, resolve);
    await promise;
    cancel();
  }
}
