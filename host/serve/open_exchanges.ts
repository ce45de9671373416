// The requests of each connection that wait for their answer.
//
// node:http begins all requests that a client sends without waiting, and tells only the first one
// that the client has gone. So the others are told here, and there may be few of them: a client that
// sends a thousand small requests at once would make a thousand answers wait for it.

import type { Socket } from "node:net";

/** Most requests of one connection that may wait for their answer. */
const MOST_OPEN = 8;

/** Requests that wait for their answer. */
export class OpenExchanges {
  readonly #of = new WeakMap<Socket, Set<AbortController>>();

  /** A connection. When it ends, all that it asked for ends. */
  opened(socket: Socket): void {
    const open = new Set<AbortController>();
    this.#of.set(socket, open);
    socket.on("close", () => {
      for (const ending of open) ending.abort();
    });
  }

  /** A request. Null: the connection has too many, and is cut off. */
  begin(socket: Socket): AbortController | null {
    const ending = new AbortController();
    const open = this.#of.get(socket);
    if (open === undefined || open.size >= MOST_OPEN) {
      socket.destroy();
      return null;
    }
    open.add(ending);
    return ending;
  }

  /** It has its whole answer. */
  end(socket: Socket, ending: AbortController): void {
    this.#of.get(socket)?.delete(ending);
  }
}
