// One connection to an agent: writes in order, reads with the framing, hands each message to its
// request.
//
// The guest is the less trusted side: a message that is not the protocol, or for a request nobody
// made, ends the connection. It never holds output back on its own: who cannot take more makes the
// reading wait.

import { encodeMessage } from "../protocol/encoding.ts";
import { type Frame, Framing, type FramingLimits } from "../protocol/framing.ts";
import { parseReply } from "../protocol/parse_reply.ts";
import type { Reply, Request } from "../protocol/protocol.ts";
import { protocolVersion } from "../protocol/version.ts";
import { deferred } from "./deferred.ts";
import { ConnectionError, RequestError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { type Transport, writeAll } from "./transport.ts";

/**
 * The id of messages that have no answer (stdin, signal, cancel): a late error about them says
 * nothing.
 */
const unanswered = 0;
/** Bytes read at once. */
const readBytes = 64 * 1024;

/** Largest body that is copied to be sent with its line. */
const joinedBytes = 16 * 1024;

const lineOf = (message: Request) => encodeMessage(message);

/**
 * What takes the output of the run that is going on.
 *
 * @internal
 */
export interface OutputSink extends Exchange {
  /** These carry no id: they belong to the run that was acknowledged last. */
  output(reply: Extract<Reply, { type: "stdout" | "stderr" | "stdin" | "usage" }>): void;
}

/** A connection on which the agent said that it is ready. */
export class Connection {
  readonly #transport: Transport;
  readonly #framing: Framing;
  readonly #pending = new Map<number, Exchange>();
  readonly #ready = deferred<string>();
  #greeted = false;
  #lastId = unanswered;
  #running: OutputSink | null = null;
  /** Who gets the body that is coming in. */
  #body: Exchange | null = null;
  #finished: number | null = null;
  #written: Promise<void> = Promise.resolve();
  #closed: Error | null = null;
  readonly #reading: Promise<void>;

  /** Begins to read. */
  constructor(transport: Transport, limits: FramingLimits) {
    this.#transport = transport;
    this.#framing = new Framing(limits);
    this.#ready.promise.catch(() => {});
    this.#reading = this.#read();
  }

  /** The agent's version, once it is ready. */
  get ready(): Promise<string> {
    return this.#ready.promise;
  }

  /**
   * Sends a request that is answered. Resolves when it is written; what becomes of it is the
   * exchange's matter.
   */
  async request(request: Request, exchange: Exchange, body?: Uint8Array): Promise<void> {
    if (this.#closed !== null) return exchange.fail(this.#closed);
    const id = ++this.#lastId;
    let line: Uint8Array;
    try {
      line = lineOf({ ...request, id });
    } catch (error) {
      return exchange.fail(error as Error); // what JSON cannot say, such as a bigint
    }
    this.#pending.set(id, exchange);
    // A failed write is a closed connection: the reader learns why, and fails the exchange.
    await this.#write(line, body).catch(() => {});
  }

  /**
   * Sends a message that has no answer. Resolves when it is written; on a closed connection it is
   * lost.
   */
  async send(request: Request, body?: Uint8Array): Promise<void> {
    if (this.#closed !== null) return;
    await this.#write(lineOf({ ...request, id: unanswered }), body).catch(() => {});
  }

  /** Ends the connection and everything that is pending on it. */
  async close(error: Error = new ConnectionError("Connection was closed")): Promise<void> {
    this.#fail(error);
    await this.#reading;
    await this.#written.catch(() => {});
  }

  #write(line: Uint8Array, body: Uint8Array | undefined): Promise<void> {
    const before = this.#written.catch(() => {});
    this.#written = before.then(async () => {
      // A small body goes along with its line: the agent then wakes once.
      if (body !== undefined && body.length <= joinedBytes) {
        return await writeAll(this.#transport, joined(line, body));
      }
      await writeAll(this.#transport, line);
      if (body !== undefined) await writeAll(this.#transport, body);
    });
    return this.#written;
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(readBytes);
    try {
      while (this.#closed === null) {
        const count = await this.#transport.read(buffer);
        if (count === null) throw new ConnectionError("Agent closed the connection");
        this.#framing.feed(buffer.subarray(0, count));
        for (let frame = this.#framing.next(); frame !== null; frame = this.#framing.next()) {
          const wait = this.#take(frame);
          if (wait !== undefined) await wait;
          if (this.#closed !== null) return;
        }
      }
    } catch (cause) {
      this.#fail(
        cause instanceof ConnectionError || cause instanceof RequestError
          ? cause
          : new ConnectionError(`Connection was lost: ${(cause as Error).message}`, { cause }),
      );
    }
  }

  #take(frame: Frame): void | Promise<void> {
    switch (frame.kind) {
      case "error":
        throw new ConnectionError(`Agent broke the protocol: ${frame.error.message}`, {
          cause: frame.error,
          problem: "protocol",
        });
      case "body": {
        const exchange = this.#body!;
        if (frame.remaining === 0) this.#endBody();
        return exchange.body(frame.chunk, frame.remaining);
      }
      case "message":
        return this.#route(frame.value, frame.bytes);
    }
  }

  #endBody(): void {
    this.#body = null;
    if (this.#finished !== null) this.#pending.delete(this.#finished);
    this.#finished = null;
  }

  #route(value: Record<string, unknown>, bytes: number): void {
    let reply: Reply;
    try {
      reply = parseReply(value);
    } catch (cause) {
      throw new ConnectionError(`Agent broke the protocol: ${(cause as Error).message}`, {
        cause,
        problem: "protocol",
      });
    }
    if (reply.type !== "error" && this.#greeted !== (reply.type !== "ready")) {
      throw this.#stray(reply); // before the greeting, or a second one
    }
    switch (reply.type) {
      case "ready":
        this.#greeted = true;
        if (reply.protocol === protocolVersion) return this.#ready.resolve(reply.agent);
        throw new ConnectionError(
          `Agent speaks protocol ${reply.protocol}, not ${protocolVersion}`,
          { problem: "protocol" },
        );
      case "stdout":
      case "stderr":
      case "stdin":
      case "usage":
        if (this.#running === null) throw this.#stray(reply);
        this.#running.output(reply);
        this.#body = bytes > 0 ? this.#running : null;
        return;
    }
    const id = "id" in reply ? reply.id : undefined;
    if (id === unanswered && (reply.type === "done" || reply.type === "error")) return;
    const exchange = this.#pending.get(id as number);
    if (reply.type === "error") {
      const error = new RequestError(reply.code, reply.message, reply.field);
      // Without an id it is about the connection: "busy", or a line the agent could not read.
      if (exchange === undefined) throw error;
      this.#pending.delete(id as number);
      if (this.#running === exchange) this.#running = null;
      return exchange.fail(error);
    }
    if (exchange === undefined) throw this.#stray(reply);
    if (reply.type === "ack") {
      // A second one, of this run or another, would take the place of the run that goes on.
      if (this.#running !== null) throw this.#stray(reply);
      this.#running = exchange as OutputSink;
    }
    if (!exchange.reply(reply)) return;
    if (this.#running === exchange) this.#running = null;
    if (bytes === 0) {
      this.#pending.delete(id as number);
    } else {
      this.#body = exchange;
      this.#finished = id as number;
    }
  }

  #stray(reply: Reply): ConnectionError {
    const message = `Agent broke the protocol: it sent "${reply.type}" unasked`;
    return new ConnectionError(message, { problem: "protocol" });
  }

  #fail(error: Error): void {
    if (this.#closed !== null) return;
    this.#closed = error;
    this.#ready.reject(error);
    const lost = error instanceof ConnectionError
      ? error
      : new ConnectionError(`Connection was lost: ${error.message}`, { cause: error });
    for (const exchange of this.#pending.values()) exchange.fail(lost);
    this.#pending.clear();
    this.#transport.close();
  }
}

function joined(line: Uint8Array, body: Uint8Array): Uint8Array {
  const whole = new Uint8Array(line.length + body.length);
  whole.set(line);
  whole.set(body, line.length);
  return whole;
}
