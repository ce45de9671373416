// What a job prints, on a subject of its own, as it comes.
//
// It is for who watches: the result has the output too. So it is given up, and never waited for,
// when the server does not take it.

import type { OutputPiece } from "../../controller/client.ts";
import { headers, type MsgHdrs, type NatsConnection } from "@nats-io/transport-node";
import { type JobName, subjects } from "./names.ts";

/** The names of the headers. */
export const outputHeaders = {
  stream: "Sallyport-Stream",
  offset: "Sallyport-Offset",
  delivery: "Sallyport-Delivery",
  /** On the last message: the kind of the outcome. */
  end: "Sallyport-End",
} as const;

/** So much is sent before it is asked whether the server keeps up. */
const FLUSH_BYTES = 512 * 1024;
/** And so long is waited for the answer. */
const FLUSH_MS = 1000;
/** So much waits to be sent. What comes beyond it is a gap for who watches. */
const WAITING_BYTES = 8 * 1024 * 1024;
/** The largest message. Smaller than any usual limit of a server. */
const PIECE_BYTES = 64 * 1024;

/** The output of one delivery of a job. */
export class LiveOutput {
  readonly #waiting: OutputPiece[] = [];
  #waitingBytes = 0;
  /** Settles when nothing waits any more; undefined if nothing does. */
  #sending: Promise<void> | undefined;
  #sent = 0;
  #stuck = false;

  constructor(readonly nc: NatsConnection, readonly job: JobName, readonly delivery: number) {}

  /** Sends a piece, now or soon. Nobody waits: an agent whose output is not read drops it. */
  send(piece: OutputPiece): void {
    if (this.#waitingBytes + piece.bytes.length > WAITING_BYTES) return;
    this.#waiting.push(piece);
    this.#waitingBytes += piece.bytes.length;
    this.#sending ??= this.#sendAll();
  }

  /** Tells who watches that there is an outcome. What still waits is given a second. */
  async end(kind: string): Promise<void> {
    await withinFlush(this.#sending);
    this.#stuck = true;
    const said = this.#headers();
    said.set(outputHeaders.end, kind);
    this.nc.publish(subjects.output(this.job), undefined, { headers: said });
  }

  async #sendAll(): Promise<void> {
    for (let piece = this.#waiting.shift(); piece !== undefined; piece = this.#waiting.shift()) {
      await this.#sendOne(piece);
      this.#waitingBytes -= piece.bytes.length;
    }
    this.#sending = undefined;
  }

  async #sendOne({ stream, offset, bytes }: OutputPiece): Promise<void> {
    for (let at = 0; at < bytes.length && !this.#stuck; at += PIECE_BYTES) {
      const piece = bytes.subarray(at, at + PIECE_BYTES);
      const said = this.#headers();
      said.set(outputHeaders.stream, stream);
      said.set(outputHeaders.offset, `${offset + at}`);
      this.nc.publish(subjects.output(this.job), piece, { headers: said });
      this.#sent += piece.length;
      if (this.#sent >= FLUSH_BYTES) await this.#flush();
    }
  }

  #headers(): MsgHdrs {
    const said = headers();
    said.set(outputHeaders.delivery, `${this.delivery}`);
    return said;
  }

  async #flush(): Promise<void> {
    this.#sent = 0;
    this.#stuck = true;
    await withinFlush(
      this.nc.flush().then(() => {
        this.#stuck = false;
      }, () => {}), // the connection has ended: nothing more is sent
    );
  }
}

/** Waits for it, but no longer than for an answer of the server. */
async function withinFlush(settles: Promise<void> | undefined): Promise<void> {
  let late: ReturnType<typeof setTimeout>;
  const given = new Promise<void>((resolve) => late = setTimeout(resolve, FLUSH_MS));
  await Promise.race([settles, given]);
  clearTimeout(late!);
}
