// The output of a running job: from both pipes into the rings, and from the rings to the client.
//
// Reading and sending alternate, a few pieces at a time, so that a client that keeps up gets every
// byte and other work gets a turn. The agent does not wait for a client that takes nothing for a
// while.

import { errnoName } from "../../linux/errno.ts";
import type { Failure } from "../../sandbox/report.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { type Loop, now, type Timer } from "../core/loop.ts";
import { Ring } from "./ring.ts";
import { OutputStream } from "./stream.ts";

/** The receiver of the output. */
export interface OutputClient {
  /** Whether a piece can be sent without queueing. */
  readonly writable: boolean;
  /** Since when the client has taken nothing, on the loop's clock. */
  readonly blockedSince: number;
  /** Queues a message and the bytes that follow it. */
  send(message: { type: string }, ...bodies: Uint8Array[]): void;
  /** Sends a piece of output. Only when `writable`. */
  sendPiece(stream: "stdout" | "stderr", offset: number, piece: Uint8Array): void;
}

/** How long to wait for a client that takes no output. */
const STALL_MS = 50;
/** Pieces to move before other work gets a turn. */
const PIECES = 8;

/** Moves the output of one job at a time. */
export class Output {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly #streams: readonly OutputStream[];
  #sandbox: Sandbox | undefined;
  /** Receives output as it arrives. If undefined, output stays in the rings. */
  #client: OutputClient | undefined;
  /** Bytes that the job may write. */
  #most = 0;
  #pumping = false;
  #stall: Timer | undefined;

  /**
   * @param size Bytes that each ring keeps.
   * @param onOutput Called after bytes were read.
   * @param onTooMuch Called once the job has written more than it may.
   */
  constructor(
    readonly loop: Loop,
    size: number,
    readonly onOutput: () => void,
    readonly onTooMuch: () => void,
  ) {
    this.stdout = new OutputStream("stdout", new Ring(size));
    this.stderr = new OutputStream("stderr", new Ring(size));
    this.#streams = [this.stdout, this.stderr];
  }

  /** Bytes read so far from both streams. */
  get total(): number {
    return this.stdout.ring.total + this.stderr.ring.total;
  }

  /** What part of the output could not be read, if one could not: it must not be lost unsaid. */
  get failure(): Failure | undefined {
    const stream = this.#streams.find(({ errno }) => errno > 0);
    return stream && { step: `read ${stream.name}`, errno: errnoName(stream.errno) };
  }

  /** Clears the state of the previous job. */
  reset(): void {
    for (const stream of this.#streams) stream.open(-1);
  }

  /**
   * Starts reading a sandbox's pipes.
   *
   * @param most Bytes that the job may write. After those no more is read until its end, so it waits
   *   in write(2) for whatever ends it, however long that takes to get its turn.
   */
  open(sandbox: Sandbox, client: OutputClient | undefined, most: number): void {
    this.#sandbox = sandbox;
    this.#client = client;
    this.#most = most;
    for (const stream of this.#streams) {
      const fd = sandbox.job.streams[stream.name];
      stream.open(fd);
      this.loop.watch(fd, () => {
        stream.readable = true;
        this.pump();
      });
    }
  }

  /** Moves output, as far as there is any and the client takes it. */
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
   * Reads what is left in the pipes, once every writer has ended. The client gets copies of all
   * unsent bytes, so the rings are free for the next job.
   */
  finish(): void {
    this.loop.cancel(this.#stall);
    for (const stream of this.#streams) {
      stream.readable = stream.fd >= 0;
      while (stream.read() > 0) this.onOutput();
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
    if (stream.readable && this.total <= this.#most && !this.#waits(stream)) {
      const count = stream.read();
      if (count < 0) this.#close(stream);
      moved = count > 0;
      if (moved) {
        this.onOutput();
        if (this.total > this.#most) this.onTooMuch();
      }
    }
    if (this.#client === undefined || stream.backlog === 0 || !this.#client.writable) return moved;
    const { offset, piece } = stream.take();
    this.#client.sendPiece(stream.name, offset, piece);
    return true;
  }

  /** Whether to wait for the client: it is behind, but has not been for too long. */
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
    this.loop.forget(stream.fd);
    stream.fd = -1;
    stream.readable = false;
    this.#sandbox?.job.closeStream(stream.name);
  }
}
