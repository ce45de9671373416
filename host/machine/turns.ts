// Calls that go one after another: a monitor hears one command at a time.

/** A line of calls. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Makes the call when all earlier ones are over, whatever came of them. */
  take<Value>(call: () => Promise<Value>): Promise<Value> {
    const turn = this.#last.then(call);
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** Resolves when those that were made so far are over. */
  async over(): Promise<void> {
    await this.#last;
  }
}
