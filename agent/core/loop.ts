// The event loop: one epoll instance, one thread, and the agent's only place to wait.
//
// No promise and no timer of the runtime is ever used once it turns: descriptors have handlers,
// moments have callbacks, and epoll_wait(2) sleeps until the first of either. Watches are
// edge-triggered: a handler goes on until EAGAIN, or remembers that it did not.

import { EPOLLET, EPOLLIN } from "../../linux/constants.ts";
import { E, SysError } from "../../linux/errno.ts";
import { Epoll } from "../../linux/epoll.ts";

/** Is given the events of its descriptor (EPOLLIN, EPOLLOUT, EPOLLHUP ...). */
export type Handler = (events: number) => void;

/** A moment and what is to be done then. */
export interface Timer {
  /** On the clock of `now()`; Infinity when it is over. */
  at: number;
  readonly call: () => void;
}

/** Milliseconds on the monotonic clock. */
export function now(): number {
  return performance.now();
}

/** The loop. There is one in the agent. */
export class Loop {
  readonly #epoll = new Epoll(64);
  /** By the number of the watch, never of the descriptor: an event that was fetched for one that has been
   * closed since is nobody's, even when its descriptor's number is in use again. */
  readonly #handlers = new Map<number, Handler>();
  readonly #watches = new Map<number, number>();
  #lastWatch = 0;
  readonly #timers = new Set<Timer>();
  #soon: (() => void)[] = [];

  /** Watches `fd`: edge-triggered, unless `events` are given that are not. */
  watch(fd: number, handler: Handler, events: number = EPOLLIN | EPOLLET): void {
    const watch = this.#newWatch();
    this.#watches.set(fd, watch);
    this.#handlers.set(watch, handler);
    this.#epoll.add(fd, events, watch);
  }

  /** Stops watching `fd`; to be called before it is closed. */
  unwatch(fd: number): void {
    const watch = this.#watches.get(fd);
    if (watch === undefined) return;
    this.#watches.delete(fd);
    this.#handlers.delete(watch);
    this.#epoll.delete(fd);
  }

  /** Calls `call` after `delayMs`, once. */
  after(delayMs: number, call: () => void): Timer {
    const timer = { at: now() + delayMs, call };
    this.#timers.add(timer);
    return timer;
  }

  /** Forgets a timer; one that is over may be given too. */
  cancel(timer: Timer | undefined): void {
    if (timer !== undefined) this.#timers.delete(timer);
  }

  /** Calls `call` after the events that are due now: for work that is cut into pieces. */
  soon(call: () => void): void {
    this.#soon.push(call);
  }

  /** Waits once, for at most `mostMs`, and handles what there is. */
  turn(mostMs = Infinity): void {
    const count = this.#epoll.wait(this.#soon.length > 0 ? 0 : this.#patience(mostMs));
    if (count < 0 && count !== -E.EINTR) {
      throw new SysError("epoll_wait", -count, "wait for events");
    }
    for (let index = 0; index < count; index++) {
      // A handler may have ended the watch of a later event: then there is no handler any more.
      this.#handlers.get(this.#epoll.dataAt(index))?.(this.#epoll.eventAt(index));
    }
    this.#callDue();
    const soon = this.#soon;
    if (soon.length > 0) {
      this.#soon = [];
      for (const call of soon) call();
    }
  }

  /** Closes its own descriptor. For tests: the agent's loop turns for ever. */
  close(): void {
    this.#epoll.close();
  }

  /** Turns for ever. */
  run(): never {
    for (;;) this.turn();
  }

  /**
   * The data word of an event has 32 bits: after 2^32 watches, those that are still in use are left
   * out.
   */
  #newWatch(): number {
    do this.#lastWatch = (this.#lastWatch + 1) >>> 0; while (this.#handlers.has(this.#lastWatch));
    return this.#lastWatch;
  }

  #patience(mostMs: number): number {
    let first = mostMs;
    if (this.#timers.size > 0) {
      const start = now();
      for (const timer of this.#timers) first = Math.min(first, timer.at - start);
    }
    return first === Infinity ? -1 : Math.max(0, Math.ceil(first));
  }

  #callDue(): void {
    if (this.#timers.size === 0) return;
    const moment = now();
    for (const timer of this.#timers) {
      if (timer.at <= moment && this.#timers.delete(timer)) timer.call();
    }
  }
}
