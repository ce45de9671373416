// Runs that wait for the one under way to end: first come, first served.
//
// Each client has at most one, so the line is never longer than there are connections. Whoever waits
// too long, or goes away, leaves it.

import type { Loop, Timer } from "../core/loop.ts";

/** One run that waits. */
interface Waiting<Client> {
  readonly client: Client;
  readonly begin: () => void;
  readonly timer: Timer;
}

/** The line before the one place where jobs run. */
export class WaitingLine<Client> {
  readonly #line: Waiting<Client>[] = [];

  constructor(readonly loop: Loop) {}

  /** Whether `client` waits. */
  has(client: Client): boolean {
    return this.#line.some((waiting) => waiting.client === client);
  }

  /**
   * Lets `client` wait for at most `waitMs`.
   *
   * @param begin Called when it is its turn: it has left the line.
   * @param late Called when its time is over: the same.
   */
  join(client: Client, waitMs: number, begin: () => void, late: () => void): void {
    const timer = this.loop.after(waitMs, () => {
      this.leave(client);
      late();
    });
    this.#line.push({ client, begin, timer });
  }

  /** Takes `client` out of the line. Returns whether it was there. */
  leave(client: Client): boolean {
    const index = this.#line.findIndex((waiting) => waiting.client === client);
    if (index < 0) return false;
    const [{ timer }] = this.#line.splice(index, 1);
    this.loop.cancel(timer);
    return true;
  }

  /** Begins the first one's run. The place must be free. */
  next(): void {
    const first = this.#line[0];
    if (first === undefined) return;
    this.leave(first.client);
    first.begin();
  }
}
