// Output of a run on its way to the client, as progress notifications.
//
// Pieces come as often as a program writes. They are joined, so that a program that writes a line
// at a time costs its client ten notifications a second and no more.

/** Milliseconds between two notifications. */
const intervalMs = 100;
/** Most characters of one; of more, the last are sent: the whole is in the result. */
const messageCharacters = 4096;

/** Sends one notification: bytes of output so far, and the text that is new. */
export type Notify = (progress: number, message: string) => Promise<void>;

/** Joins pieces and sends them. */
export class OutputProgress {
  readonly #notify: Notify;
  #bytes = 0;
  #waiting = "";
  #timer: ReturnType<typeof setTimeout> | null = null;
  #sending: Promise<void> = Promise.resolve();

  /** `notify` is called with one piece of text at a time. */
  constructor(notify: Notify) {
    this.#notify = notify;
  }

  /** Takes a piece. */
  push(bytes: number, text: string): void {
    this.#bytes += bytes;
    this.#waiting += text;
    if (this.#waiting.length > 2 * messageCharacters) {
      this.#waiting = this.#waiting.slice(-messageCharacters);
    }
    this.#timer ??= setTimeout(() => this.#flush(), intervalMs);
  }

  /** Sends what waits. Resolves when all is sent. */
  async end(): Promise<void> {
    this.#flush();
    await this.#sending;
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#waiting === "") return;
    const [bytes, text] = [this.#bytes, this.#waiting.slice(-messageCharacters)];
    this.#waiting = "";
    // A client that is gone misses it; the run's end says more.
    this.#sending = this.#sending.then(() => this.#notify(bytes, text)).catch(() => {});
  }
}
