// The beginning of what a job printed, for its result.

import type { OutputPiece } from "../../controller/client.ts";
import { joined } from "./packed.ts";

/** Both streams, up to a limit for each. A gap, or the limit, ends what is kept of a stream. */
export class Kept {
  readonly #streams = { stdout: new Stream(), stderr: new Stream() };

  constructor(readonly limitBytes: number) {}

  add({ stream, offset, bytes }: OutputPiece): void {
    this.#streams[stream].add(offset, bytes, this.limitBytes);
  }

  of(stream: "stdout" | "stderr"): Uint8Array<ArrayBuffer> {
    return joined(this.#streams[stream].pieces);
  }
}

class Stream {
  readonly pieces: Uint8Array[] = [];
  #length = 0;
  #over = false;

  add(offset: number, bytes: Uint8Array, limit: number): void {
    if (offset !== this.#length) this.#over = true;
    if (this.#over) return;
    const taken = bytes.subarray(0, limit - this.#length);
    this.pieces.push(taken);
    this.#length += taken.length;
    this.#over = taken.length < bytes.length;
  }
}
