// Those who wait until so many machines are idle.

interface Waiter {
  readonly count: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** They take no machine: they only want to know. */
export class ReadyWaiters {
  #waiters: Waiter[] = [];

  wait(count: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiters.push({ count, resolve, reject });
    return promise;
  }

  /** Looks at how many machines are idle now. */
  look(idle: number): void {
    if (this.#waiters.length === 0) return;
    for (const { count, resolve } of this.#waiters) if (idle >= count) resolve();
    this.#waiters = this.#waiters.filter(({ count }) => idle < count);
  }

  /** There will be none. */
  fail(error: Error): void {
    for (const { reject } of this.#waiters.splice(0)) reject(error);
  }
}
