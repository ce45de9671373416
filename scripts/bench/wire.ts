// The smallest possible client: one blocking Unix socket; it sends lines and receives lines and
// bodies.
//
// It costs microseconds where a client with promises costs a millisecond, so the agent is what gets
// measured. It must never wait for ever: every receive has a time limit in the kernel.

import { SOL_SOCKET } from "../../linux/constants.ts";
import { closeFd } from "../../linux/fd.ts";
import { libc } from "../../linux/libc.ts";
import { connectUnix, receiveFd, sendFd } from "../../linux/socket.ts";

/** SO_RCVTIMEO, socket(7), as on x86_64 and aarch64. */
const SO_RCVTIMEO = 20;
const LIMIT_S = 10n;

const decoder = new TextDecoder();

/** One message of the agent, unchecked. */
// deno-lint-ignore no-explicit-any -- the bench looks at whatever came
export type Message = { type: string; [field: string]: any };

/** A blocking connection. */
export class BlockingWire implements Disposable {
  readonly #fd: number;
  readonly #buffer = new Uint8Array(1 << 20);
  #from = 0;
  #to = 0;
  /** Number of body bytes received so far. */
  bodyBytes = 0;
  /** The beginning of the last body. */
  readonly body = new Uint8Array(64);

  constructor(path: string) {
    this.#fd = connectUnix(path);
    libc.setsockopt(this.#fd, SOL_SOCKET, SO_RCVTIMEO, BigInt64Array.of(LIMIT_S, 0n), 16);
  }

  /** Sends all bytes. */
  send(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const sent = sendFd(this.#fd, bytes.subarray(at));
      if (sent <= 0) throw new Error(`Cannot send to the agent: error ${-sent}`);
      at += sent;
    }
  }

  /** Returns the next message. Counts the bytes of its body and keeps only the body's beginning. */
  message(): Message {
    for (;;) {
      const end = this.#buffer.subarray(0, this.#to).indexOf(10, this.#from);
      if (end >= 0) {
        const message = JSON.parse(decoder.decode(this.#buffer.subarray(this.#from, end)));
        this.#from = end + 1;
        this.#skip(message.bytes ?? 0);
        return message;
      }
      this.#receive();
    }
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    closeFd(this.#fd);
  }

  #skip(bytes: number): void {
    this.bodyBytes += bytes;
    for (let at = 0; bytes > 0;) {
      if (this.#from === this.#to) this.#receive();
      const step = Math.min(bytes, this.#to - this.#from);
      const kept = Math.min(step, this.body.length - at);
      if (kept > 0) {
        this.body.set(this.#buffer.subarray(this.#from, this.#from + kept), at);
        at += kept;
      }
      this.#from += step;
      bytes -= step;
    }
  }

  #receive(): void {
    if (this.#from === this.#to) this.#from = this.#to = 0;
    else if (this.#to === this.#buffer.length) {
      this.#buffer.copyWithin(0, this.#from, this.#to);
      this.#to -= this.#from;
      this.#from = 0;
    }
    const count = receiveFd(this.#fd, this.#buffer.subarray(this.#to));
    if (count <= 0) throw new Error(`Cannot receive from the agent: error ${-count}`);
    this.#to += count;
  }
}

/** Waits `ms` milliseconds and blocks the thread meanwhile. */
export function pause(ms: number): void {
  if (ms > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
