// The output of a run that its reader has not taken yet.
//
// The queue is bounded. While somebody iterates, a full queue makes the connection wait, and the
// agent's ring then drops the oldest bytes. While nobody does, the queue itself drops the oldest
// bytes, so that waiting only for the result never hangs. In both cases a gap between two offsets
// shows what is missing.

/** A piece of a run's output. */
export interface OutputPiece {
  /** Which of the two streams. */
  readonly stream: "stdout" | "stderr";
  /** Where the piece begins in its stream, in bytes. */
  readonly offset: number;
  /** The piece. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Pieces in the order they came, for one reader. */
export class OutputQueue implements AsyncIterableIterator<OutputPiece> {
  readonly #limitBytes: number;
  readonly #pieces: OutputPiece[] = [];
  #size = 0;
  #state: "kept" | "read" | "left" = "kept";
  #end: { readonly error: Error | null } | null = null;
  #wakeReader: (() => void) | null = null;
  #wakeWriter: (() => void) | null = null;

  /** @param limitBytes Bytes that wait at most, give or take one piece. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Adds a piece. If the queue is full, returns a promise to wait for before the next one. */
  push(piece: OutputPiece): void | Promise<void> {
    if (this.#state === "left" || this.#end !== null) return;
    this.#pieces.push(piece);
    this.#size += piece.bytes.length;
    this.#wakeReader?.();
    if (this.#size <= this.#limitBytes) return;
    if (this.#state === "kept") return this.#drop();
    return new Promise((resolve) => this.#wakeWriter = resolve);
  }

  /** No more pieces. With an error the reader gets it after the last piece. */
  end(error: Error | null): void {
    this.#end ??= { error };
    this.#wakeReader?.();
    this.#wakeWriter?.();
  }

  /** Begins to read: from now on nothing is dropped here. */
  [Symbol.asyncIterator](): this {
    if (this.#state === "kept") this.#state = "read";
    return this;
  }

  /** The next piece, in order. */
  async next(): Promise<IteratorResult<OutputPiece, undefined>> {
    while (this.#pieces.length === 0) {
      if (this.#end !== null || this.#state === "left") {
        if (this.#end?.error && this.#state !== "left") throw this.#end.error;
        return { done: true, value: undefined };
      }
      await new Promise<void>((resolve) => this.#wakeReader = resolve);
    }
    const piece = this.#pieces.shift()!;
    this.#size -= piece.bytes.length;
    if (this.#size <= this.#limitBytes) this.#wakeWriter?.();
    return { done: false, value: piece };
  }

  /** The reader has stopped: the rest of the output is dropped. */
  return(): Promise<IteratorResult<OutputPiece, undefined>> {
    this.#state = "left";
    this.#pieces.length = this.#size = 0;
    this.#wakeReader?.(); // a call of next() may still wait
    this.#wakeWriter?.();
    return Promise.resolve({ done: true, value: undefined });
  }

  #drop(): void {
    while (this.#size > this.#limitBytes) this.#size -= this.#pieces.shift()!.bytes.length;
  }
}
