// HTTP on a socket, with time limits for clients.
//
// `Deno.serve` has no time limit for headers and no bound on connections, so one client could keep
// as many as it likes. node:http, which Deno brings, has both.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Answer } from "./answer.ts";
import { answerRaw, refuseRaw, send } from "./http_send.ts";
import { readBody } from "./http_body.ts";
import { type HttpRequest, requestOf } from "./http_request.ts";
import { OpenExchanges } from "./open_exchanges.ts";
import { problemOf } from "./problem_of.ts";

/** What a client may take. */
export interface HttpLimits {
  readonly connections: number;
  readonly headerBytes: number;
  readonly headerMs: number;
  readonly bodyBytes: number;
  readonly bodyMs: number;
  /** Between two requests. */
  readonly idleMs: number;
  /** How long an answer may wait for a client that reads nothing. */
  readonly stallMs: number;
}

export const usualLimits: HttpLimits = {
  connections: 256,
  headerBytes: 16 * 1024,
  headerMs: 10_000,
  bodyBytes: 16 * 1024 * 1024,
  bodyMs: 30_000,
  idleMs: 15_000,
  stallMs: 30_000,
};

/** What a handler gets beside the request, which has no body of its own. */
export interface Exchange {
  /** Aborted when the client has gone before it had the whole answer. Others may abort it too. */
  readonly ending: AbortController;
  /** @throws Problem "too_large", "slow_request" */
  body(): Promise<Uint8Array>;
  /** What the handler says of it for the log. */
  readonly notes: { route: string; token: string };
}

/** An answer that was sent, or as much of it as the client took. */
export interface Answered {
  readonly route: string;
  readonly token: string;
  readonly status: number;
  /** Of its body. */
  readonly bytes: number;
  readonly ms: number;
}

/** Answers requests. */
export type Handler = (request: HttpRequest, exchange: Exchange) => Promise<Answer>;

/** Where to listen. */
export type Address = { readonly path: string } | {
  readonly hostname: string;
  readonly port: number;
};

/** A server. */
export class HttpServer {
  readonly #server: Server;
  readonly #open = new OpenExchanges();

  constructor(
    readonly handler: Handler,
    readonly limits: HttpLimits = usualLimits,
    readonly onAnswered: (answered: Answered) => void = () => {},
  ) {
    this.#server = createServer({
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headerMs,
      requestTimeout: limits.headerMs + limits.bodyMs,
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: Math.min(1000, limits.headerMs / 4),
    }, (incoming, outgoing) => void this.#answer(incoming, outgoing));
    this.#server.maxConnections = limits.connections;
    this.#server.on("connection", (socket) => this.#open.opened(socket));
    this.#server.on("clientError", answerRaw);
    this.#server.on("connect", (_, socket) => refuseRaw("405 Method Not Allowed", socket));
  }

  /** Listens; a Unix socket is for its owner only. Returns the port, or 0. */
  async listen(address: Address): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once("error", reject);
    // chmod after listening would leave it open for a moment.
    const before = "path" in address ? Deno.umask(0o177) : null;
    try {
      if ("path" in address) this.#server.listen({ path: address.path }, resolve);
      else this.#server.listen({ host: address.hostname, port: address.port }, resolve);
      await promise;
    } finally {
      if (before !== null) Deno.umask(before);
    }
    const bound = this.#server.address();
    return typeof bound === "object" && bound !== null ? bound.port : 0;
  }

  /** Takes no connection any more; what is answered may end within the grace. */
  async close(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => this.#server.closeAllConnections(), graceMs);
    await closed;
    clearTimeout(timer);
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const start = performance.now();
    const { socket } = incoming;
    const ending = this.#open.begin(socket);
    if (ending === null) return;
    outgoing.on("close", () => {
      if (!outgoing.writableFinished) ending.abort();
      this.#open.end(socket, ending);
    });
    incoming.on("error", () => {}); // "close" follows
    outgoing.on("error", () => {});
    const body = () => readBody(incoming, this.limits.bodyBytes, this.limits.bodyMs);
    const notes = { route: "-", token: "" };
    let answer: Answer;
    try {
      answer = await this.handler(requestOf(incoming), { ending, body, notes });
    } catch (error) {
      answer = problemOf(error).answer();
    }
    const bytes = await send(incoming, outgoing, answer, this.limits.stallMs);
    const ms = performance.now() - start;
    this.onAnswered({ ...notes, status: answer.status, bytes, ms });
  }
}
