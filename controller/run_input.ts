// The standard input of one run, from the client's side: in order, and never more than the agent's
// window.
//
// It must never hang when the run is over: what is still to be sent is then dropped. Each drop takes
// a turn of the event loop, so that a program that writes without end still hears of the end.

import type { Request } from "../protocol/protocol.ts";
import { StdinWindow } from "../protocol/stdin_window.ts";
import { deferred } from "./deferred.ts";
import { ConnectionError } from "./errors.ts";

/** Bytes of one message: small, so that what is sent in between need not wait for long. */
const pieceBytes = 64 * 1024;

/**
 * Sends a message that has no answer.
 *
 * @internal
 */
export type Send = (request: Request, body?: Uint8Array) => Promise<void>;

/** Sends input as the agent takes it. */
export class RunInput {
  readonly #send: Send;
  readonly #begun = deferred<void>();
  #window: StdinWindow | null = null;
  #over = false;
  #wake: (() => void) | null = null;
  /** Settles when everything before was sent. */
  #sent: Promise<void> = Promise.resolve();

  /** Made by the run; `send` is its connection's. */
  constructor(send: Send) {
    this.#send = send;
  }

  /** The run was acknowledged, with a window if its input is a stream. */
  begin(windowBytes: number | undefined): void {
    if (windowBytes !== undefined) this.#window = new StdinWindow(windowBytes);
    this.#begun.resolve();
  }

  /** The agent has taken `taken` bytes so far. */
  taken(taken: number): void {
    try {
      if (this.#window === null) throw new RangeError("Cannot have taken input: none is streamed");
      this.#window.take(taken);
    } catch (cause) {
      throw new ConnectionError(`Agent broke the protocol: ${(cause as Error).message}`, { cause });
    }
    this.#wake?.();
  }

  /** The run is over. */
  end(): void {
    this.#over = true;
    this.#begun.resolve();
    this.#wake?.();
  }

  /** Sends bytes, or with null the end of the input, after all that was sent before. */
  send(bytes: Uint8Array | null): Promise<void> {
    const sent = this.#sent.then(() => this.#pass(bytes));
    this.#sent = sent.catch(() => {});
    return sent;
  }

  async #pass(bytes: Uint8Array | null): Promise<void> {
    await this.#begun.promise;
    if (this.#over) return await new Promise((resolve) => setTimeout(resolve));
    const window = this.#window;
    if (window === null) {
      throw new TypeError("Cannot send standard input: the run did not ask to stream it");
    }
    if (bytes === null) return await this.#send({ type: "stdin", eof: true });
    for (let at = 0; at < bytes.length;) {
      // Waits for a whole piece: many small ones would cost more than the wait.
      const wanted = Math.min(pieceBytes, bytes.length - at, Math.max(1, window.size >> 1));
      while (window.room < wanted && !this.#over) {
        await new Promise<void>((resolve) => this.#wake = resolve);
      }
      if (this.#over) return;
      const piece = bytes.subarray(at, at + wanted);
      window.send(piece.length);
      await this.#send({ type: "stdin", bytes: piece.length }, piece);
      at += piece.length;
    }
  }
}
