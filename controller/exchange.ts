// One request and what comes back for it.
//
// The connection routes by id and knows nothing of what a request means; an exchange knows nothing
// of sockets.

import type { Reply } from "../protocol/protocol.ts";
import { deferred } from "./deferred.ts";
import { ConnectionError } from "./errors.ts";

/**
 * What the connection tells about one request.
 *
 * @internal
 */
export interface Exchange {
  /** A message with this request's id. Returns whether it was the last one. */
  reply(reply: Reply): boolean;
  /**
   * A piece of the body of the last message; `chunk` is only lent. A promise: wait before reading
   * on.
   */
  body(chunk: Uint8Array, remaining: number): void | Promise<void>;
  /** Nothing more comes. */
  fail(error: Error): void;
}

/** One reply of one type, with the body that follows it. */
export type Answer<Type extends Reply["type"]> = {
  readonly reply: Extract<Reply, { type: Type }>;
  readonly body: Uint8Array<ArrayBuffer>;
};

/** A request that one message answers. */
export class Single<Type extends Reply["type"]> implements Exchange {
  readonly #type: Type;
  readonly #answer = deferred<Answer<Type>>();
  #reply: Extract<Reply, { type: Type }> | undefined;
  #body = new Uint8Array(0);

  /** @param type The type of the message that answers. */
  constructor(type: Type) {
    this.#type = type;
  }

  /** The answer, or why there is none. */
  get answer(): Promise<Answer<Type>> {
    return this.#answer.promise;
  }

  /** Takes the one message. */
  reply(reply: Reply): boolean {
    if (reply.type !== this.#type) {
      throw new ConnectionError(`Agent answered with "${reply.type}" instead of "${this.#type}"`);
    }
    this.#reply = reply as Extract<Reply, { type: Type }>;
    const bytes = "bytes" in reply ? reply.bytes ?? 0 : 0;
    this.#body = new Uint8Array(bytes);
    if (bytes === 0) this.#finish();
    return true;
  }

  /** Takes a piece of its body. */
  body(chunk: Uint8Array, remaining: number): void {
    this.#body.set(chunk, this.#body.length - remaining - chunk.length);
    if (remaining === 0) this.#finish();
  }

  /** Rejects the answer. */
  fail(error: Error): void {
    this.#answer.reject(error);
  }

  #finish(): void {
    this.#answer.resolve({ reply: this.#reply!, body: this.#body });
  }
}
