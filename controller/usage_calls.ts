// The calls of a caller's own function with the samples of its run.
//
// What it throws must not end the connection, which others may use, and must not be lost: it is the
// run's failure. So a promise that it returns is waited for.

import type { UsageReply } from "../protocol/protocol.ts";

/** Takes a sample. Only a promise that it returns counts. */
export type OnUsage = (usage: UsageReply) => unknown;

/** Calls it, until it throws. */
export class UsageCalls {
  readonly #onUsage: OnUsage | undefined;
  readonly #cancel: () => void;
  #thrown: { readonly error: unknown } | null = null;
  /** Promises that it returned, until they are settled. */
  readonly #open = new Set<Promise<void>>();

  /** @param cancel Called once, when the function has thrown. */
  constructor(onUsage: OnUsage | undefined, cancel: () => void) {
    this.#onUsage = onUsage;
    this.#cancel = cancel;
  }

  /** What it threw, or what its promise rejected with. */
  get thrown(): { readonly error: unknown } | null {
    return this.#thrown;
  }

  /** Calls it with a sample. */
  call(usage: UsageReply): void {
    if (this.#thrown !== null) return;
    try {
      const returned: unknown = this.#onUsage?.(usage);
      if (returned instanceof Promise) this.#wait(returned);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Does `work` when all calls have ended: at once, where none returned a promise. */
  afterAll(work: () => void): void {
    if (this.#open.size === 0) return work();
    void Promise.all(this.#open).then(work);
  }

  #wait(returned: Promise<unknown>): void {
    const settled = returned.then(() => {}, (error) => this.#fail(error))
      .finally(() => void this.#open.delete(settled));
    this.#open.add(settled);
  }

  #fail(error: unknown): void {
    if (this.#thrown !== null) return;
    this.#thrown = { error };
    this.#cancel();
  }
}
