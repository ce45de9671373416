// The output of a running job: from both pipes into the rings, and from the rings to the client.
//
// Reading and sending go by turns, a few pieces at a time, so that a client that keeps up gets
// every byte and everybody else gets a turn. A client that takes nothing for a while is not waited
// for.

import type { Sandbox } from "../../sandbox/sandbox.ts";
import { type Loop, now, type Timer } from "../core/loop.ts";
import { Ring } from "./ring.ts";
import { OutputStream } from "./stream.ts";

/** Whoever gets the output. */
export interface OutputClient {
  /** Whether a piece can be taken without queueing. */
  readonly writable: boolean;
  /** Since when nothing was taken, on the loop's clock. */
  readonly blockedSince: number;
  /** Queues a message, and bytes behind it. */
  send(message: { type: string }, ...bodies: Uint8Array[]): void;
  /** Sends a piece of output. Only when `writable`. */
  sendPiece(stream: "stdout" | "stderr", offset: number, piece: Uint8Array): void;
}

/** Time that a client which takes no output is waited for. */
const STALL_MS = 50;
/** Pieces that are moved before others get their turn. */
const PIECES = 8;

/** Moves the output of one job at a time. */
export class Output {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly #streams: readonly OutputStream[];
  #sandbox: Sandbox | undefined;
  /** Who gets the output as it comes; nobody: it stays in the rings. */
  #client: OutputClient | undefined;
  #pumping = false;
  #stall: Timer | undefined;

  /**
   * @param size Bytes that each ring keeps.
   * @param onOutput Told when a pipe has something.
   * @param onBytes Told after bytes came.
   */
  constructor(
    readonly loop: Loop,
    size: number,
    readonly onOutput: () => void,
    readonly onBytes: () => void,
  ) {
    this.stdout = new OutputStream("stdout", new Ring(size));
    this.stderr = new OutputStream("stderr", new Ring(size));
    this.#streams = [this.stdout, this.stderr];
  }

  /** Bytes that came so far, of both streams. */
  get total(): number {
    return this.stdout.ring.total + this.stderr.ring.total;
  }

  /** Forgets the job before. */
  reset(): void {
    for (const stream of this.#streams) stream.open(-1);
  }

  /** Begins with a sandbox's pipes. */
  open(sandbox: Sandbox, client: OutputClient | undefined): void {
    this.#sandbox = sandbox;
    this.#client = client;
    for (const stream of this.#streams) {
      const fd = sandbox.job.streams[stream.name];
      stream.open(fd);
      this.loop.watch(fd, () => {
        stream.readable = true;
        this.onOutput();
        this.pump();
      });
    }
  }

  /** Moves output, as far as there is some and somebody takes it. */
  pump(): void {
    if (this.#pumping || this.#sandbox === undefined) return;
    for (let pieces = 0; pieces < PIECES; pieces++) {
      let moved = false;
      for (const stream of this.#streams) moved = this.#move(stream) || moved;
      if (!moved) return;
    }
    this.#pumping = true;
    this.loop.soon(() => {
      this.#pumping = false;
      this.pump();
    });
  }

  /**
   * Everything has ended that could write: takes what the pipes still hold. The client gets copies
   * of what it has not been sent: the rings are free for the next job.
   */
  finish(): void {
    this.loop.cancel(this.#stall);
    for (const stream of this.#streams) {
      stream.readable = stream.fd >= 0;
      while (stream.read() > 0) { /* until the pipe is empty */ }
      while (this.#client !== undefined && stream.backlog > 0) {
        const { offset, piece } = stream.take();
        const message = { type: stream.name, offset, bytes: piece.length };
        this.#client.send(message, piece.slice());
      }
    }
    this.#client = undefined;
  }

  /** Closes the pipes. */
  close(): void {
    for (const stream of this.#streams) this.#close(stream);
    this.#sandbox = undefined;
  }

  #move(stream: OutputStream): boolean {
    let moved = false;
    if (stream.readable && !this.#waits(stream)) {
      const count = stream.read();
      if (count < 0) this.#close(stream);
      moved = count > 0;
      if (moved) this.onBytes();
    }
    if (this.#client === undefined || stream.backlog === 0 || !this.#client.writable) return moved;
    const { offset, piece } = stream.take();
    this.#client.sendPiece(stream.name, offset, piece);
    return true;
  }

  /** Whether the client is behind, but not yet so long that it is not waited for. */
  #waits(stream: OutputStream): boolean {
    if (this.#client === undefined || this.#client.writable) return false;
    if (stream.backlog < stream.ring.size / 2) return false;
    const left = this.#client.blockedSince + STALL_MS - now();
    if (left <= 0) return false;
    this.loop.cancel(this.#stall);
    this.#stall = this.loop.after(left, () => this.pump());
    return true;
  }

  #close(stream: OutputStream): void {
    if (stream.fd < 0) return;
    this.loop.unwatch(stream.fd);
    stream.fd = -1;
    stream.readable = false;
    this.#sandbox?.job.closeStream(stream.name);
  }
}
