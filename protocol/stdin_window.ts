// Flow control of standard input between a client and its job. Each side keeps one of these.
//
// It is pure. The agent gives the size of the window in `ack`, and reports in `stdin` messages how
// much it has taken so far. A client never has more than one window of input in transit. So input
// never fills the connection, and messages after it (`cancel`, `signal`) are always read.

/** One side's byte counts. */
export class StdinWindow {
  #sent = 0;
  #taken = 0;

  /** @param size Bytes that may be sent before the agent reports any as taken. */
  constructor(readonly size: number) {}

  /** Bytes that may be sent now. */
  get room(): number {
    return this.size - (this.#sent - this.#taken);
  }

  /** Bytes reported as taken. */
  get taken(): number {
    return this.#taken;
  }

  /** Counts sent bytes. Throws RangeError if there is no room for them. */
  send(bytes: number): void {
    if (bytes > this.room) throw new RangeError(`Cannot send ${bytes} bytes into ${this.room}`);
    this.#sent += bytes;
  }

  /** Records that `taken` bytes were taken in all. Throws RangeError if that is impossible. */
  take(taken: number): void {
    if (taken < this.#taken || taken > this.#sent) {
      throw new RangeError(`Cannot have taken ${taken} bytes of ${this.#sent}`);
    }
    this.#taken = taken;
  }

  /** Resets both counts. */
  clear(): void {
    this.#sent = this.#taken = 0;
  }
}
