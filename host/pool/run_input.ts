// The standard input of a run in a pool. It belongs to the try that an agent takes: one that is
// refused gets none of it, and the next gets all.

import type { JobRun } from "./machine_source.ts";

/** Input that waits for an agent. */
export class RunInput {
  /** Whether some was given to a try. It cannot be had again for another. */
  given = false;
  #taken = waiting();
  /** Settles when all before was given: input stays in its order. */
  #last: Promise<void> = Promise.resolve();

  /** An agent has taken this try. */
  takenBy(run: JobRun): void {
    this.#taken.resolve(run);
  }

  /** There is another try, though an agent had taken the last one. */
  again(): void {
    this.#taken.resolve(null);
    this.#taken = waiting();
  }

  /**
   * No agent takes it any more. Input that comes later fails, too: who writes until that happens must
   * learn of it, and not go on for ever.
   */
  fail(error: Error): void {
    this.#taken.reject(error); // unless an agent had taken the last try
    this.#taken = waiting();
    this.#taken.reject(error);
  }

  /** Gives input to the try that an agent takes, after all that came before. */
  pass(give: (run: JobRun) => Promise<void>): Promise<void> {
    const passed = this.#last.then(async () => {
      for (;;) {
        const taken = this.#taken;
        const run = await taken.promise;
        if (run === null || taken !== this.#taken) continue; // that try is over
        this.given = true;
        return await give(run);
      }
    });
    this.#last = passed.catch(() => {});
    return passed;
  }
}

function waiting(): PromiseWithResolvers<JobRun | null> {
  const taken = Promise.withResolvers<JobRun | null>();
  taken.promise.catch(() => {}); // perhaps nobody has input
  return taken;
}
