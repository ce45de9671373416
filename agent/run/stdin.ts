// The standard input of a running job: moves what the client sent into the pipe.
//
// The pipe never blocks the agent, and the client's connection never waits for the pipe: at most
// one window of a client's bytes is in transit (stdin_window.ts), kept in one buffer that is
// allocated once. A client that sends more is refused once, and its input stops there: the job
// never sees a gap.

import { EPOLLET, EPOLLOUT } from "../../linux/constants.ts";
import { E, errnoName } from "../../linux/errno.ts";
import { writeFd } from "../../linux/fd.ts";
import type { Failure } from "../../sandbox/report.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { Loop } from "../core/loop.ts";
import { ProtocolError } from "../../protocol/protocol_error.ts";
import { Ring } from "./ring.ts";
import { StdinWindow } from "../../protocol/stdin_window.ts";

/** The most bytes a client may send beyond what was reported as taken. */
export const STDIN_WINDOW = 1 << 20;

/** Bytes to take before reporting to the client again. */
const GRANT_EVERY = STDIN_WINDOW / 4;

/** The sender of the input. */
export interface StdinClient {
  /** Whether a message can be sent without queueing. */
  readonly writable: boolean;
  send(message: { type: string }): void;
}

/** Feeds one job at a time. */
export class Stdin {
  readonly #ring = new Ring(STDIN_WINDOW);
  readonly #window = new StdinWindow(STDIN_WINDOW);
  #sandbox: Sandbox | undefined;
  /** Streams the input, and is told how much was taken. */
  #client: StdinClient | undefined;
  /** Offset of the first byte not yet in the pipe. */
  #taken = 0;
  #ends = false;
  /** Whether the job has stopped reading: later input counts as taken. */
  #unread = false;
  /** Why the kernel did not take all of it, though the job may have read on. */
  failure: Failure | undefined;
  /** Whether the client was refused: its later input is ignored. */
  #refused = false;

  constructor(readonly loop: Loop) {}

  /**
   * Clears the state of the previous job. `client` will stream input; without one, the only input
   * is what `write` gets.
   */
  begin(client: StdinClient | undefined): void {
    this.#ring.clear();
    this.#window.clear();
    this.#sandbox = undefined;
    this.#client = client;
    this.#taken = 0;
    this.#ends = this.#unread = this.#refused = false;
    this.failure = undefined;
  }

  /** The pipe exists now: moves waiting input into it. */
  open(sandbox: Sandbox): void {
    this.#sandbox = sandbox;
    this.#pump();
    const { stdin } = sandbox.job.streams; // closed, if that was all
    if (stdin >= 0) this.loop.watch(stdin, () => this.#pump(), EPOLLOUT | EPOLLET);
  }

  /**
   * Checks a client's message that carries `bytes` bytes of input, or the end of input.
   *
   * @returns False if the message must be dropped because an earlier one was refused.
   * @throws {ProtocolError} For the first refused message.
   */
  admit(bytes: number): boolean {
    if (this.#refused) return false;
    if (this.#client === undefined) {
      this.#refuse("bad_request", 'needs a run with "stdin": {"stream": true}', "type");
    }
    if (this.#ends) this.#refuse("bad_request", "must not follow the end of the input", "type");
    const { room } = this.#window;
    if (bytes > room) {
      const rule = `must be at most ${room} now: ${STDIN_WINDOW} ahead of what was taken; ` +
        "this run's input stops here";
      this.#refuse("too_large", rule, "bytes");
    }
    this.#window.send(bytes);
    return true;
  }

  /** Gives the job bytes, which are copied. There is always room for admitted bytes. */
  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const room = this.#ring.room(bytes.length - at);
      room.set(bytes.subarray(at, at + room.length));
      this.#ring.written(room.length);
      at += room.length;
    }
    this.#pump();
  }

  /** No more input will come. */
  end(): void {
    this.#ends = true;
    this.#pump();
  }

  /** Allows the client to send more input, if it is time and the client can be told. */
  grant(): void {
    if (this.#client === undefined || this.#ends || this.#refused) return;
    if (!this.#client.writable) return;
    if (this.#taken - this.#window.taken < GRANT_EVERY) return;
    this.#window.take(this.#taken);
    this.#client.send({ type: "stdin", taken: this.#taken } as { type: string });
  }

  /** Closes the pipe. */
  close(): void {
    const sandbox = this.#sandbox;
    this.#sandbox = undefined;
    if (sandbox === undefined || sandbox.job.streams.stdin < 0) return;
    this.loop.unwatch(sandbox.job.streams.stdin);
    sandbox.job.closeStream("stdin");
  }

  #refuse(code: "bad_request" | "too_large", rule: string, field: string): never {
    this.#refused = true;
    throw new ProtocolError(code, rule, field);
  }

  #pump(): void {
    const fd = this.#sandbox?.job.streams.stdin ?? -1;
    if (fd < 0) return;
    while (this.#taken < this.#ring.total) {
      const count = this.#unread ? -E.EPIPE : writeFd(fd, this.#next());
      if (count === -E.EINTR) continue;
      if (count === -E.EAGAIN) break;
      if (count < 0 && count !== -E.EPIPE) {
        this.failure ??= { step: "write stdin", errno: errnoName(count) };
      }
      if (count < 0) this.#unread = true;
      this.#taken = count < 0 ? this.#ring.total : this.#taken + count;
    }
    this.grant();
    if (this.#ends && this.#taken === this.#ring.total) this.close();
  }

  #next(): Uint8Array {
    return this.#ring.piece(this.#taken, STDIN_WINDOW);
  }
}
