// An output ring: the last bytes of one stream of a job.
//
// It is allocated once and written in place by read(2). When it is full the oldest bytes are
// overwritten, so that a slow client never stalls the agent and never costs memory.

/** Keeps the last `size` bytes of a stream, and counts all of them. */
export class Ring {
  readonly #buffer: Uint8Array<ArrayBuffer>;
  /** Bytes that were ever written. */
  #total = 0;

  /** @param size Bytes that are kept. */
  constructor(size: number) {
    this.#buffer = new Uint8Array(size);
  }

  /** Bytes that were ever written: the offset of the next one. */
  get total(): number {
    return this.#total;
  }

  /** The offset of the oldest byte that is still here. */
  get start(): number {
    return Math.max(0, this.#total - this.#buffer.length);
  }

  /** Bytes that are kept. */
  get size(): number {
    return this.#buffer.length;
  }

  /** Forgets everything. */
  clear(): void {
    this.#total = 0;
  }

  /**
   * Where the next bytes go: at most `most`, up to the end of the buffer. What is written there
   * counts only with `written`.
   */
  room(most: number): Uint8Array<ArrayBuffer> {
    const at = this.#total % this.#buffer.length;
    return this.#buffer.subarray(at, Math.min(at + most, this.#buffer.length));
  }

  /** Says that `count` bytes were written at `room`. */
  written(count: number): void {
    this.#total += count;
  }

  /**
   * The bytes from `offset` on: at most `most`, and only as far as they lie in one piece.
   *
   * @param offset At least `start`, at most `total`.
   * @returns A view that is valid until the next write. Empty at the end.
   */
  piece(offset: number, most: number): Uint8Array<ArrayBuffer> {
    const at = offset % this.#buffer.length;
    const end = Math.min(at + most, this.#buffer.length, at + this.#total - offset);
    return this.#buffer.subarray(at, end);
  }
}
