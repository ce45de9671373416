// One connection: reads bytes, hands out requests, and sends answers in order.
//
// A request that must wait for something (a file being opened) pauses the connection. So do unsent
// answers, once there are many; until then the client can still cancel its run. A client that does
// not end its line, or is silent in the middle of a body, is dropped.

import {
  EPOLLERR,
  EPOLLET,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  EPOLLRDHUP,
} from "../../linux/constants.ts";
import { E } from "../../linux/errno.ts";
import { closeFd, readFd } from "../../linux/fd.ts";
import { sendFd } from "../../linux/socket.ts";
import type { Framing } from "../../protocol/framing.ts";
import { type Loop, now, type Timer } from "../core/loop.ts";
import type { Farewell } from "./farewell.ts";
import { Outbox } from "./outbox.ts";
import type { Holder, Idle } from "./places.ts";
import { idOf, type RequestId } from "../../protocol/protocol.ts";
import { type ErrorCode, ProtocolError } from "../../protocol/protocol_error.ts";

/** What is always watched. EPOLLOUT only while something waits to be sent: it would wake us often. */
const EVENTS = EPOLLIN | EPOLLRDHUP | EPOLLET;

/** How long a client may take for a line, and how long it may be silent in the middle of a body. */
const PATIENCE_MS = 10_000;

/** The most bytes of one read. */
export const INPUT_SIZE = 1 << 17;

/** Input memory of one connection, reused by later ones. */
export interface InputBuffer {
  readonly framing: Framing;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What a connection is made of. */
export interface ConnectionParts {
  readonly fd: number;
  /** Whom it belongs to. */
  readonly peer: string;
  readonly input: InputBuffer;
  readonly loop: Loop;
  readonly farewell: Farewell;
  readonly connect: (connection: Connection) => ConnectionUser;
}

/** Handles a connection's requests. */
export interface ConnectionUser {
  /**
   * Whether an answer is still due. Until it is sent, a client that ended its input stays
   * connected.
   */
  readonly owes: boolean;
  /**
   * Handles a request, whose body of `bytes` bytes follows. Throws ProtocolError to refuse it; its
   * body is then skipped.
   */
  onRequest(value: Record<string, unknown>, bytes: number): void;
  /** The client can take more output. */
  onWritable(): void;
  /** The connection is closed. */
  onClosed(): void;
}

/** Takes the body of a request. `remaining` is 0 for its last chunk. */
export type BodyTaker = (chunk: Uint8Array, remaining: number) => void;

/** Returns the next bytes of a long answer, or undefined at its end. */
export type Source = () => Uint8Array | undefined;

/** An answer without the id of its request. */
export type Answer = { type: string } & Record<string, unknown>;

const nothing = new Uint8Array(0);

/** The connection of one client. */
export class Connection implements Holder {
  readonly outbox: Outbox;
  /** When the last bytes arrived, on the loop's clock. */
  receivedAt = 0;
  /** When the client last got on: it connected, said something whole, or was sent an answer. */
  #gotOnAt = now();
  /** Whether it has made a whole request. */
  #asked = false;
  /** When the line began that is not whole yet. */
  #lineSince: number | undefined;
  readonly #user: ConnectionUser;
  #paused = false;
  #readable = true;
  /** Whether the client has sent its last bytes, though not all may be read. */
  #endsInput = false;
  #ended = false;
  /** Whether EPOLLOUT is watched. */
  #awaits = false;
  #closed = false;
  #processing = false;
  #takeBody: BodyTaker | undefined;
  #source: Source | undefined;
  #impatience: Timer | undefined;

  readonly fd: number;
  readonly peer: string;
  readonly input: InputBuffer;
  readonly loop: Loop;
  readonly #farewell: Farewell;

  constructor({ fd, peer, input, loop, farewell, connect }: ConnectionParts) {
    this.fd = fd;
    this.peer = peer;
    this.input = input;
    this.loop = loop;
    this.#farewell = farewell;
    this.outbox = new Outbox(fd);
    input.framing.clear();
    input.bytes.fill(0); // of the connection that had this memory before
    loop.watch(fd, (happened) => this.#onEvents(happened), EVENTS);
    this.#user = connect(this);
  }

  /** Whether it is closed. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Whether something can be sent without queueing. */
  get writable(): boolean {
    return this.outbox.empty && !this.outbox.broken;
  }

  /** Since when the client has taken nothing, on the loop's clock. */
  get blockedSince(): number {
    return this.outbox.blockedSince;
  }

  /** Since when it waits for its client; undefined while something is under way. */
  get idle(): Idle | undefined {
    if (this.#paused || this.#user.owes) return undefined;
    const since = Math.max(this.#gotOnAt, this.outbox.blockedSince);
    return { since, asked: this.#asked };
  }

  /** Queues a message and the bytes that follow it. */
  send(message: { type: string }, ...bodies: Uint8Array[]): void {
    this.outbox.send(message, ...bodies);
    this.#afterSend();
  }

  /** Sends a piece of output. Only when `writable`. */
  sendPiece(stream: "stdout" | "stderr", offset: number, piece: Uint8Array): void {
    this.outbox.sendPiece(stream, offset, piece);
    this.#afterSend();
  }

  /** Answers a request; adds its id if it had one. */
  answer(id: RequestId | undefined, message: Answer): void {
    this.send(id === undefined ? message : { ...message, id });
  }

  /** Answers a refused request. */
  refuse(error: ProtocolError, id: RequestId | undefined): void {
    this.send({
      type: "error",
      ...(id === undefined ? {} : { id }),
      code: error.code,
      message: error.message,
      ...(error.field === undefined ? {} : { field: error.field }),
    } as { type: string });
  }

  /** Passes the body of the current request to `take`. */
  takeBody(take: BodyTaker): void {
    this.#takeBody = take;
  }

  /** Takes no more requests or bodies until `resume`. */
  pause(): void {
    this.#paused = true;
  }

  /** Continues after `pause`. */
  resume(): void {
    this.#paused = false;
    this.process();
  }

  /** Sends what `source` returns, as fast as the client takes it, before the next request. */
  sendFrom(source: Source): void {
    this.#source = source;
    this.#flush();
  }

  /** Takes what has arrived, though the loop has not handled it yet. */
  takeArrived(): void {
    if (this.#closed) return;
    this.#readable = true;
    this.process();
  }

  /** Closes the connection, and says why. */
  closeWith(code: ErrorCode, message: string): void {
    this.send({ type: "error", code, message } as { type: string });
    this.#close(true);
  }

  /** Closes the connection if its client is gone. */
  closeIfGone(): void {
    if (!this.#closed && this.#isGone()) this.close();
  }

  /** Closes the connection and everything it holds. */
  close(): void {
    this.#close(false);
  }

  /** @param told Whether the last thing that was sent says why, and must arrive. */
  #close(told: boolean): void {
    if (this.#closed) return;
    this.#closed = true;
    const arrives = told && this.writable;
    this.outbox.broken = true;
    this.loop.cancel(this.#impatience);
    this.loop.unwatch(this.fd);
    if (arrives) this.#farewell.to(this.fd);
    else closeFd(this.fd);
    this.#user.onClosed();
  }

  #afterSend(): void {
    this.#gotOnAt = now();
    if (this.outbox.broken) this.loop.soon(() => this.close());
    else this.#awaitRoom(!this.outbox.empty);
  }

  #awaitRoom(awaits: boolean): void {
    if (this.#closed || awaits === this.#awaits) return;
    this.#awaits = awaits;
    this.loop.rewatch(this.fd, awaits ? EVENTS | EPOLLOUT : EVENTS);
  }

  #onEvents(events: number): void {
    if ((events & (EPOLLHUP | EPOLLERR)) !== 0) return this.close();
    if ((events & (EPOLLIN | EPOLLRDHUP)) !== 0) this.#readable = true;
    if ((events & EPOLLRDHUP) !== 0) this.#endsInput = true;
    if ((events & EPOLLOUT) !== 0) this.#flush();
    this.process();
    if ((events & EPOLLRDHUP) !== 0) this.closeIfGone();
  }

  /**
   * Whether the client can no longer receive. A vsock connection that its peer has closed or reset
   * never reports EPOLLHUP, and reading ends as on a half-closed one. Only sending shows the
   * difference, and an empty send is enough.
   */
  #isGone(): boolean {
    return sendFd(this.fd, nothing) < 0;
  }

  #flush(): void {
    while (this.outbox.flush() && this.#source !== undefined) {
      const bytes = this.#source();
      if (bytes === undefined) {
        this.#source = undefined;
        return this.process();
      }
      this.outbox.sendBytes(bytes);
    }
    if (this.outbox.broken) return this.close();
    this.#awaitRoom(!this.outbox.empty);
    if (this.outbox.empty) this.#user.onWritable();
  }

  /** Takes requests and bodies until something has to be waited for. */
  process(): void {
    if (this.#processing) return;
    this.#processing = true;
    while (this.#mayTake() && this.#take()) { /* the next one */ }
    this.#processing = false;
    this.#watchPatience();
    if (this.#ended && !this.#user.owes && !this.#paused && this.writable) this.close();
  }

  #mayTake(): boolean {
    return !this.#closed && !this.#paused && this.#source === undefined && !this.outbox.full;
  }

  #take(): boolean {
    const frame = this.input.framing.next();
    if (frame === null) return this.#read();
    switch (frame.kind) {
      case "message":
        this.#lineSince = undefined;
        this.#gotOnAt = now();
        this.#asked = true;
        this.#request(frame.value, frame.bytes);
        break;
      case "body": {
        const take = this.#takeBody;
        if (frame.remaining === 0) {
          this.#takeBody = undefined;
          this.#gotOnAt = now();
        }
        take?.(frame.chunk, frame.remaining);
        break;
      }
      case "error":
        this.#lineSince = undefined;
        this.refuse(frame.error, undefined);
        if (frame.fatal) {
          this.#close(true);
          return false;
        }
    }
    return true;
  }

  #request(value: Record<string, unknown>, bytes: number): void {
    try {
      this.#user.onRequest(value, bytes);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#takeBody = undefined;
      this.input.framing.skipBody();
      this.refuse(error, idOf(value));
    }
  }

  #read(): boolean {
    if (!this.#readable || this.#ended) return false;
    const count = readFd(this.fd, this.input.bytes);
    if (count === -E.EINTR) return true;
    if (count === -E.EAGAIN) {
      this.#readable = false;
      return false;
    }
    if (count < 0) {
      this.close();
      return false;
    }
    if (count === 0) {
      this.#ended = true; // the client sends no more requests, but may still read
      return false;
    }
    // Less than asked for: there is no more now, and more will be an event (epoll(7), question 9).
    // The end of the input may have been part of the last event.
    if (count < this.input.bytes.length && !this.#endsInput) this.#readable = false;
    this.receivedAt = now();
    this.input.framing.feed(this.input.bytes.subarray(0, count));
    return true;
  }

  #watchPatience(): void {
    this.loop.cancel(this.#impatience);
    const { framing } = this.input;
    const waitsForClient = !this.#closed && !framing.atBoundary && this.#mayTake();
    if (!waitsForClient) return;
    if (this.#ended) return this.close();
    // A line has its time from its first byte on. A body may be long: its time begins with each piece.
    if (!framing.inBody) this.#lineSince ??= now();
    const left = PATIENCE_MS - (framing.inBody ? 0 : now() - this.#lineSince!);
    this.#impatience = this.loop.after(left, () => this.close());
  }
}
