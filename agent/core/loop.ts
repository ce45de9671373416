// The event loop: one epoll instance, one thread, and the only place where the agent waits.
//
// Once the loop runs, no promise and no timer of the runtime is used: descriptors have handlers,
// deadlines have callbacks, and epoll_wait(2) sleeps until the first of them. Watches are
// edge-triggered: a handler continues until EAGAIN, or remembers that it stopped earlier.

import { EPOLLET, EPOLLIN } from "../../linux/constants.ts";
import { E, SysError } from "../../linux/errno.ts";
import { Epoll } from "../../linux/epoll.ts";

/** Receives the events of its descriptor (EPOLLIN, EPOLLOUT, EPOLLHUP ...). */
export type Handler = (events: number) => void;

/** A time, and the function to call then. */
export interface Timer {
  /** On the clock of `now()`; Infinity once it has fired. */
  at: number;
  readonly call: () => void;
}

/** Milliseconds on the monotonic clock. */
export function now(): number {
  return performance.now();
}

/** The event loop. The agent has one. */
export class Loop {
  readonly #epoll = new Epoll(64);
  /**
   * Keyed by watch number, not by descriptor: an event fetched for a closed descriptor then has no
   * handler, even if the descriptor's number is in use again.
   */
  readonly #handlers = new Map<number, Handler>();
  readonly #watches = new Map<number, number>();
  #lastWatch = 0;
  readonly #timers = new Set<Timer>();
  #soon: (() => void)[] = [];

  /** Watches `fd`, edge-triggered by default. Where the kernel refuses, throws and knows no `fd`. */
  watch(fd: number, handler: Handler, events: number = EPOLLIN | EPOLLET): void {
    const watch = this.#newWatch();
    this.#epoll.add(fd, events, watch);
    this.#watches.set(fd, watch);
    this.#handlers.set(watch, handler);
  }

  /** Watches `fd` for other events than before; one that is already there is reported again. */
  rewatch(fd: number, events: number): void {
    const watch = this.#watches.get(fd);
    if (watch !== undefined) this.#epoll.modify(fd, events, watch);
  }

  /**
   * Forgets `fd`, which is about to be closed. The kernel drops a watch when the last descriptor of
   * its file is closed (epoll(7)): this is for descriptors that no other process has a copy of.
   *
   * @returns Whether it was watched.
   */
  forget(fd: number): boolean {
    const watch = this.#watches.get(fd);
    if (watch === undefined) return false;
    this.#watches.delete(fd);
    return this.#handlers.delete(watch);
  }

  /** Stops watching `fd`, which stays open or may be open elsewhere too. */
  unwatch(fd: number): void {
    if (this.forget(fd)) this.#epoll.delete(fd);
  }

  /** Calls `call` after `delayMs`, once. */
  after(delayMs: number, call: () => void): Timer {
    const timer = { at: now() + delayMs, call };
    this.#timers.add(timer);
    return timer;
  }

  /** Cancels a timer, which may have fired already. */
  cancel(timer: Timer | undefined): void {
    if (timer !== undefined) this.#timers.delete(timer);
  }

  /** Calls `call` after the events that are due now, for work that is split into pieces. */
  soon(call: () => void): void {
    this.#soon.push(call);
  }

  /** Waits once, for at most `mostMs`, and handles the events. */
  turn(mostMs = Infinity): void {
    const count = this.#epoll.wait(this.#soon.length > 0 ? 0 : this.#patience(mostMs));
    if (count < 0 && count !== -E.EINTR) {
      throw new SysError("epoll_wait", -count, "wait for events");
    }
    for (let index = 0; index < count; index++) {
      // An earlier handler may have unwatched this descriptor; then there is no handler.
      this.#handlers.get(this.#epoll.dataAt(index))?.(this.#epoll.eventAt(index));
    }
    this.#callDue();
    const soon = this.#soon;
    if (soon.length > 0) {
      this.#soon = [];
      for (const call of soon) call();
    }
  }

  /** Closes its own descriptor. For tests: the agent's loop runs forever. */
  close(): void {
    this.#epoll.close();
  }

  /** Runs forever. */
  run(): never {
    for (;;) this.turn();
  }

  /**
   * The data word of an event has 32 bits: after 2^32 watches, numbers still in use are skipped.
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
