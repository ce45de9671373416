// MCP sessions over streamable HTTP: each its own connection to the agent, so its own sandbox.
//
// Many clients never say that they go. So where there is no room left, the session that was used
// longest ago and that nobody listens to is closed; its client is told to begin a new one.

import { WebStandardStreamableHTTPServerTransport as Transport } from "@modelcontextprotocol/server";
import { type Client, connect, RequestError } from "../client.ts";
import { AgentSession } from "./agent_session.ts";
import { refusal } from "./names.ts";
import { serverFor } from "./server.ts";

/** The path of the endpoint. */
export const endpoint = "/mcp";
/** Most sessions; an agent serves fewer that have a sandbox. */
const mostSessions = 64;
/** Time in which an agent sees that a connection was closed. */
const closingMs = 20;

/** Where to serve, and for whom. */
export interface HttpOptions {
  readonly target: string;
  readonly version: string;
  /** Names the server is known by. */
  readonly names: readonly string[];
}

/** A session. Those used last are last in their map. */
interface Session {
  readonly transport: Transport;
  readonly session: AgentSession;
  /** Answers that are going on: calls, and the stream on which a client listens. */
  answers: number;
}

/** Answers requests; a value for Deno.serve's handler. */
export class HttpSessions implements AsyncDisposable {
  readonly #options: HttpOptions;
  readonly #sessions = new Map<string, Session>();

  /** Nothing is connected before the first session. */
  constructor(options: HttpOptions) {
    this.#options = options;
  }

  /** Answers one request. */
  async handle(request: Request): Promise<Response> {
    const why = refusal(request.headers, this.#options.names);
    if (why !== null) return problem(403, -32000, why);
    if (new URL(request.url).pathname !== endpoint) {
      return problem(404, -32000, `The endpoint is ${endpoint}`);
    }
    const id = request.headers.get("mcp-session-id");
    if (id === null) return await this.#begin(request);
    const session = this.#sessions.get(id);
    if (session === undefined) return problem(404, -32001, "There is no such session");
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    session.answers++;
    return counted(session, await session.transport.handleRequest(request));
  }

  /** Closes every session. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#sessions.values()].map(({ transport }) => transport.close()));
  }

  async #begin(request: Request): Promise<Response> {
    if (request.method !== "POST") return problem(400, -32000, "Mcp-Session-Id is missing");
    if (this.#sessions.size >= mostSessions && !await this.#makeRoom(() => true)) {
      return problem(
        503,
        -32000,
        `There are ${mostSessions} sessions in use, the most there can be`,
      );
    }
    let session: AgentSession;
    try {
      session = await AgentSession.begin(() => this.#connect());
    } catch (error) {
      return problem(503, -32000, (error as Error).message);
    }
    const transport = new Transport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (id) => void this.#sessions.set(id, { transport, session, answers: 0 }),
    });
    const server = serverFor(session, this.#options.version);
    const close = server.onclose;
    server.onclose = () => {
      if (transport.sessionId !== undefined) this.#sessions.delete(transport.sessionId);
      close?.();
    };
    await server.connect(transport);
    const response = await transport.handleRequest(request);
    // It was no `initialize`: nobody could come back to it.
    if (transport.sessionId === undefined) await server.close();
    return response;
  }

  /** Connects to the agent; takes the connection of an unused session where it has none left. */
  async #connect(): Promise<Client> {
    for (;;) {
      try {
        return await connect(this.#options.target);
      } catch (error) {
        if (!(error instanceof RequestError && error.busy)) throw error;
        if (!await this.#makeRoom(({ session }) => session.connected)) throw error;
        await new Promise((resolve) => setTimeout(resolve, closingMs));
      }
    }
  }

  /** Closes a session that nobody uses. Returns whether there was one. */
  async #makeRoom(suits: (session: Session) => boolean): Promise<boolean> {
    const unused = [...this.#sessions.values()].find((one) => one.answers === 0 && suits(one));
    await unused?.transport.close();
    await unused?.session[Symbol.asyncDispose]();
    return unused !== undefined;
  }
}

/** Ends the count of an answer with its body. */
function counted(session: Session, response: Response): Response {
  const end = () => void session.answers--;
  if (response.body === null) {
    end();
    return response;
  }
  const body = response.body.pipeThrough(new TransformStream({ flush: end, cancel: end }));
  return new Response(body, response);
}

function problem(status: number, code: number, message: string): Response {
  return Response.json({ jsonrpc: "2.0", error: { code, message }, id: null }, { status });
}
