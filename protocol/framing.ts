// Turns bytes into messages and bodies: the framing of the protocol, used by both agent and
// controller.
//
// It is pure: no sockets, no clock, no promises. It never holds more than one line, never holds a
// body (chunks are views of the input), and never parses anything longer than the line limit.
//
// What happens after an error:
//   a line that is not JSON, not an object, too deep, not UTF-8   goes on at the next line
//   a message with a valid `bytes`, wrong in another way          goes on after its body (skipBody)
//   a `bytes` that is not an integer from 0 to `bodyBytes`        fatal: next line unknown
//   a line longer than `lineBytes`                                fatal: the same

import { parseLine } from "./json_line.ts";
import { ProtocolError } from "./protocol_error.ts";

/** Sizes above these are refused before anything is parsed. */
export interface FramingLimits {
  /** Longest line, in bytes, without its "\n". */
  readonly lineBytes: number;
  /** Longest body, in bytes. */
  readonly bodyBytes: number;
}

/** One unit of framing output. */
export type Frame =
  | {
    readonly kind: "message";
    readonly value: Record<string, unknown>;
    /** Length of the body that follows as `body` frames; 0 if there is none. */
    readonly bytes: number;
  }
  | {
    readonly kind: "body";
    /** A view of the input, valid until the next `feed`. Never empty. */
    readonly chunk: Uint8Array;
    /** Bytes of this body that are still missing; 0 for its last chunk. */
    readonly remaining: number;
  }
  | {
    readonly kind: "error";
    readonly error: ProtocolError;
    /** Whether the stream is unusable: no more frames follow, and the connection must be closed. */
    readonly fatal: boolean;
  };

const newline = 0x0a;
const nothing = new Uint8Array(0);
/** What is allocated for the first line that comes in parts. */
const firstBytes = 4096;

/** Reads one direction of one connection. */
export class Framing {
  readonly #limits: FramingLimits;
  /** The start of a line whose end has not arrived. */
  #line: Uint8Array = nothing;
  #lineLength = 0;
  #input: Uint8Array = nothing;
  #at = 0;
  /** Bytes of the current body that are still missing. */
  #body = 0;
  #skipping = false;
  #dead = false;

  /** Allocates nothing: few lines come in parts, and fewer are long. */
  constructor(limits: FramingLimits) {
    this.#limits = limits;
  }

  /** Whether the next byte starts a new message. Only then may a client be idle. */
  get atBoundary(): boolean {
    return !this.#dead && this.#lineLength === 0 && this.#body === 0 && this.pending === 0;
  }

  /** Whether the next byte belongs to a body. */
  get inBody(): boolean {
    return this.#body > 0;
  }

  /** Bytes that were fed but not yet read. */
  get pending(): number {
    return this.#input.length - this.#at;
  }

  /** Whether a fatal error was returned. */
  get dead(): boolean {
    return this.#dead;
  }

  /**
   * Gives more bytes to the reader. All earlier bytes must have been read (`next` returned null).
   */
  feed(input: Uint8Array): void {
    if (this.pending > 0) {
      throw new TypeError(`Cannot feed the framing: ${this.pending} bytes were not taken`);
    }
    this.#input = this.#dead ? nothing : input;
    this.#at = 0;
  }

  /** Resets the reader for a new connection, and clears what it kept of the last one. */
  clear(): void {
    this.#line.fill(0);
    this.#input = nothing;
    this.#at = this.#lineLength = this.#body = 0;
    this.#skipping = this.#dead = false;
  }

  /** Discards the rest of the current body. */
  skipBody(): void {
    this.#skipping = this.#body > 0;
  }

  /**
   * The next frame, or null if more input is needed.
   *
   * @param most The most bytes of a body to return. A caller that can take no bytes must not call.
   */
  next(most: number = Infinity): Frame | null {
    while (this.#at < this.#input.length) {
      const frame = this.#body > 0 ? this.#takeBody(most) : this.#takeLine();
      if (frame !== null) return frame;
    }
    return null;
  }

  #takeBody(most: number): Frame | null {
    const length = Math.min(this.#body, this.pending, this.#skipping ? Infinity : most);
    const chunk = this.#input.subarray(this.#at, this.#at + length);
    this.#at += length;
    this.#body -= length;
    if (!this.#skipping) return { kind: "body", chunk, remaining: this.#body };
    this.#skipping = this.#body > 0;
    return null;
  }

  #takeLine(): Frame | null {
    const end = this.#input.indexOf(newline, this.#at);
    const stop = end === -1 ? this.#input.length : end;
    if (this.#lineLength + stop - this.#at > this.#limits.lineBytes) {
      return this.#die(
        new ProtocolError("too_large", `must be a line of at most ${this.#limits.lineBytes} bytes`),
      );
    }
    let line = this.#input.subarray(this.#at, stop);
    this.#at = end === -1 ? stop : end + 1;
    if (end === -1 || this.#lineLength > 0) {
      this.#makeRoom(this.#lineLength + line.length);
      this.#line.set(line, this.#lineLength);
      this.#lineLength += line.length;
      if (end === -1) return null;
      line = this.#line.subarray(0, this.#lineLength);
      this.#lineLength = 0;
    }
    try {
      return this.#message(parseLine(line));
    } catch (error) {
      if (error instanceof ProtocolError) return { kind: "error", error, fatal: false };
      throw error;
    }
  }

  #makeRoom(length: number): void {
    if (length <= this.#line.length) return;
    const size = Math.min(this.#limits.lineBytes, Math.max(firstBytes, 2 * length));
    const longer = new Uint8Array(size);
    longer.set(this.#line.subarray(0, this.#lineLength));
    this.#line = longer;
  }

  #message(value: Record<string, unknown>): Frame {
    const bytes = Object.hasOwn(value, "bytes") ? value.bytes : 0;
    if (!Number.isSafeInteger(bytes) || (bytes as number) < 0) {
      return this.#die(
        new ProtocolError("bad_request", "must be an integer of at least 0", "bytes"),
      );
    }
    if ((bytes as number) > this.#limits.bodyBytes) {
      return this.#die(
        new ProtocolError("too_large", `must be at most ${this.#limits.bodyBytes}`, "bytes"),
      );
    }
    this.#body = bytes as number;
    return { kind: "message", value, bytes: this.#body };
  }

  #die(error: ProtocolError): Frame {
    this.#dead = true;
    this.#input = nothing;
    this.#at = 0;
    return { kind: "error", error, fatal: true };
  }
}
