// A small event loop over epoll for the back end: one handler per descriptor.
//
// Each handler has a number that is never reused. So if an event was reported before its descriptor
// was closed, it never reaches the handler that later got the same descriptor number.

import { Epoll } from "../../linux/epoll.ts";

/** What to do with a descriptor's events (EPOLLIN ...). */
export type Handler = (events: number) => void;

/** The loop. */
export class Loop {
  readonly #epoll = new Epoll(64);
  readonly #handlers = new Map<number, Handler>();
  readonly #tokens = new Map<number, { token: number; events: number }>();
  #nextToken = 1;

  /** Watches a descriptor. */
  add(fd: number, events: number, handler: Handler): void {
    const token = this.#nextToken++;
    this.#epoll.add(fd, events, token);
    this.#handlers.set(token, handler);
    this.#tokens.set(fd, { token, events });
  }

  /** Changes the watched events of a descriptor; 0 leaves only hang-up and errors. */
  change(fd: number, events: number): void {
    const watched = this.#tokens.get(fd);
    if (watched === undefined || watched.events === events) return;
    watched.events = events;
    this.#epoll.modify(fd, events, watched.token);
  }

  /** Stops watching a descriptor. Call this before closing it. */
  remove(fd: number): void {
    const watched = this.#tokens.get(fd);
    if (watched === undefined) return;
    this.#epoll.delete(fd);
    this.#tokens.delete(fd);
    this.#handlers.delete(watched.token);
  }

  /** Runs until a handler calls `stop`. */
  run(): void {
    this.#running = true;
    while (this.#running) {
      const n = this.#epoll.wait(-1);
      for (let i = 0; i < n; i++) {
        this.#handlers.get(this.#epoll.dataAt(i))?.(this.#epoll.eventAt(i));
      }
    }
  }

  /** Ends `run` after the current handler. */
  stop(): void {
    this.#running = false;
  }

  #running = false;
}
