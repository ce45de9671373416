// The data a connection still has to send. Its owner must keep it from growing without limit.
//
// A message is sent at once if nothing waits before it. What the socket does not take is kept, in
// order, and sent when the socket takes more.

import { E } from "../../linux/errno.ts";
import { sendFd } from "../../linux/socket.ts";
import { encodeMessage, encodeOutputInto } from "../../protocol/encoding.ts";
import { now } from "../core/loop.ts";

/** A body up to this size is copied after its line, to save a system call. */
const COPIED = 1 << 14;

/**
 * If more bytes or messages wait than this, no further request is answered. More than one piece of
 * output fits.
 */
const FULL_BYTES = 1 << 19;
const FULL_PARTS = 32;

/** Room for the line before a piece of output. */
const LINE = 128;

/** The sending side of one connection. */
export class Outbox {
  #queue: Uint8Array[] = [];
  #waitingBytes = 0;
  /** Since when the socket has taken nothing, on the loop's clock. */
  blockedSince = 0;
  /** Whether the peer is gone; nothing more is sent then. */
  broken = false;
  readonly #scratch = new Uint8Array(LINE + COPIED);

  constructor(readonly fd: number) {}

  /** Whether nothing waits to be sent. */
  get empty(): boolean {
    return this.#queue.length === 0;
  }

  /** Whether so much waits that the owner must not add more. */
  get full(): boolean {
    return this.#waitingBytes > FULL_BYTES || this.#queue.length > FULL_PARTS;
  }

  /** Sends or queues a message, then bytes that the owner must not change any more. */
  send(message: { type: string }, ...bodies: readonly Uint8Array[]): void {
    const line = encodeMessage(message);
    const length = bodies.reduce((sum, body) => sum + body.length, line.length);
    if (bodies.length === 0 || length > this.#scratch.length) {
      this.#put(line, false);
      for (const body of bodies) this.#put(body, false);
      return;
    }
    let at = 0;
    for (const part of [line, ...bodies]) {
      this.#scratch.set(part, at);
      at += part.length;
    }
    this.#put(this.#scratch.subarray(0, length), true);
  }

  /** Sends a piece of output. What is not sent at once is copied. */
  sendPiece(stream: "stdout" | "stderr", offset: number, piece: Uint8Array): void {
    const line = encodeOutputInto(stream, offset, piece.length, this.#scratch);
    if (piece.length <= COPIED) {
      this.#scratch.set(piece, line);
      this.#put(this.#scratch.subarray(0, line + piece.length), true);
      return;
    }
    this.#put(this.#scratch.subarray(0, line), true);
    this.#put(piece, true);
  }

  /** Sends or queues bytes that the owner must not change any more. */
  sendBytes(bytes: Uint8Array): void {
    this.#put(bytes, false);
  }

  /** Sends what waits, as far as the socket takes it. True if nothing is left. */
  flush(): boolean {
    while (this.#queue.length > 0 && !this.broken) {
      const first = this.#queue[0];
      const sent = this.#send(first);
      this.#waitingBytes -= sent;
      if (sent < first.length) {
        if (sent > 0) this.#queue[0] = first.subarray(sent);
        return false;
      }
      this.#queue.shift();
    }
    return !this.broken;
  }

  #put(bytes: Uint8Array, copy: boolean): void {
    if (this.broken || bytes.length === 0) return;
    let rest = bytes;
    if (this.empty) rest = bytes.subarray(this.#send(bytes));
    if (rest.length === 0) return;
    this.#queue.push(copy ? rest.slice() : rest);
    this.#waitingBytes += rest.length;
  }

  /** Returns how many bytes the socket took. */
  #send(bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length) {
      const count = sendFd(this.fd, at === 0 ? bytes : bytes.subarray(at));
      if (count === -E.EINTR) continue;
      if (count < 0) {
        if (count !== -E.EAGAIN) this.broken = true;
        else if (at > 0 || this.empty) this.blockedSince = now();
        break;
      }
      at += count;
    }
    return at;
  }
}
