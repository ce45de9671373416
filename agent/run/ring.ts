// An output ring: the last bytes of one stream of a job.
//
// It is allocated once, and read(2) writes into it directly. When it is full, new bytes overwrite
// the oldest, so that a slow client never stalls the agent and never costs memory.

/** Keeps the last `size` bytes of a stream, and counts all of them. */
export class Ring {
  readonly #buffer: Uint8Array<ArrayBuffer>;
  /** Bytes written since the last `clear`. */
  #total = 0;

  /** @param size How many bytes to keep. */
  constructor(size: number) {
    this.#buffer = new Uint8Array(size);
  }

  /** Bytes written since the last `clear`: the offset of the next one. */
  get total(): number {
    return this.#total;
  }

  /** The offset of the oldest byte still kept. */
  get start(): number {
    return Math.max(0, this.#total - this.#buffer.length);
  }

  /** The most bytes it keeps. */
  get size(): number {
    return this.#buffer.length;
  }

  /** Resets the ring. What one job sent or printed is gone then. */
  clear(): void {
    this.#buffer.fill(0, 0, Math.min(this.#total, this.#buffer.length));
    this.#total = 0;
  }

  /**
   * Where the next bytes go: at most `most`, up to the end of the buffer. Bytes written there count
   * only after `written`.
   */
  room(most: number): Uint8Array<ArrayBuffer> {
    const at = this.#total % this.#buffer.length;
    return this.#buffer.subarray(at, Math.min(at + most, this.#buffer.length));
  }

  /** Counts `count` bytes that were written into `room`. */
  written(count: number): void {
    this.#total += count;
  }

  /**
   * The bytes starting at `offset`: at most `most`, and only up to the end of the buffer.
   *
   * @param offset At least `start`, at most `total`.
   * @returns A view, valid until the next write. Empty at the end.
   */
  piece(offset: number, most: number): Uint8Array<ArrayBuffer> {
    const at = offset % this.#buffer.length;
    const end = Math.min(at + most, this.#buffer.length, at + this.#total - offset);
    return this.#buffer.subarray(at, end);
  }
}
