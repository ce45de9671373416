// How much standard input may be under way between a client and its job: the account that both
// sides keep.
//
// It is pure. The agent says in `ack` how large the window is, and in `stdin` messages how much it
// has taken so far; a client never has more than the window on its way. So input never fills the
// connection, and what is sent after it (`cancel`, `signal`) is always read.

/** One side's account, in bytes. */
export class StdinWindow {
  #sent = 0;
  #taken = 0;

  /** @param size Bytes that may be sent before any is said to be taken. */
  constructor(readonly size: number) {}

  /** Bytes that may be sent now. */
  get room(): number {
    return this.size - (this.#sent - this.#taken);
  }

  /** Bytes that were said to be taken. */
  get taken(): number {
    return this.#taken;
  }

  /** Bytes were sent. Throws RangeError where there was no room for them. */
  send(bytes: number): void {
    if (bytes > this.room) throw new RangeError(`Cannot send ${bytes} bytes into ${this.room}`);
    this.#sent += bytes;
  }

  /** It was said that `taken` bytes are taken in all. Throws RangeError where that cannot be. */
  take(taken: number): void {
    if (taken < this.#taken || taken > this.#sent) {
      throw new RangeError(`Cannot have taken ${taken} bytes of ${this.#sent}`);
    }
    this.#taken = taken;
  }

  /** Begins anew. */
  clear(): void {
    this.#sent = this.#taken = 0;
  }
}
