// A service with real machines for a test, on a Unix socket, and a client for it.

import assert from "node:assert/strict";
import type { HttpLimits } from "../../host/serve/http_server.ts";
import type { Answered } from "../../host/serve/http_server.ts";
import { Serving } from "../../host/serve/serve.ts";
import { Tokens } from "../../host/serve/tokens.ts";
import type { PoolOptions } from "../../host/pool/options.ts";
import { hostMachines } from "../../host/pool/host_machines.ts";
import type { Client } from "../../controller/client.ts";
import { agentCommand } from "../../scripts/tools/source_agent.ts";
import { leavesNothing } from "./leaves_nothing.ts";

/**
 * Options of tests of a service: node:http keeps timers, and fetch the bodies of requests that were
 * given up, beyond a test's end.
 */
export const overHttp = { sanitizeOps: false, sanitizeResources: false };

/** A service that is tried. */
export interface ServeStage {
  readonly serving: Serving;
  /** The path of its socket. */
  readonly socket: string;
  readonly answered: Answered[];
  readonly broken: unknown[];
  /** Asks for a path. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** POST /v1/runs with JSON. */
  run(request: unknown, init?: RequestInit): Promise<Response>;
}

/** Options of the service. */
export interface ServeStageOptions {
  readonly pool?: Partial<PoolOptions<Client>>;
  readonly limits?: Partial<HttpLimits>;
  /** Lines of the tokens' file. */
  readonly tokens?: string;
}

/** Runs `body` with a service that is ready, stops it, and fails if it left something. */
export function serving(
  { pool, limits, tokens }: ServeStageOptions,
  body: (stage: ServeStage) => Promise<void>,
): Promise<void> {
  return leavesNothing(async (directory) => {
    const socket = `${directory}/http.sock`;
    const answered: Answered[] = [];
    const broken: unknown[] = [];
    {
      await using serving = await Serving.start({
        address: { path: socket },
        machines: hostMachines({
          ...{ monitor: "process", memoryMib: 512, cpus: 1, readyMs: 20_000 } as const,
          image: { agent: agentCommand() },
          root: `${directory}/machines`,
        }),
        pool: { size: 1, recycling: "never", ...pool },
        tokens: tokens === undefined ? null : new Tokens(tokens),
        limits,
        onAnswered: (one) => answered.push(one),
        onBroken: (error) => broken.push(error),
      });
      await serving.pool.ready();
      using client = clientOf(socket);
      const ask = (path: string, init: RequestInit = {}) =>
        fetch(`http://host${path}`, { ...init, client } as RequestInit);
      await body({
        ...{ serving, socket, answered, broken, ask },
        run: (request, init = {}) => {
          const headers = new Headers(init.headers);
          headers.set("content-type", "application/json");
          const rest = { ...init, method: "POST", headers, body: JSON.stringify(request) };
          return ask("/v1/runs", rest);
        },
      });
    }
    assert.deepEqual(broken, [], "the service failed");
  });
}

/** An HTTP client for a Unix socket. */
export function clientOf(path: string): Deno.HttpClient {
  return Deno.createHttpClient({ proxy: { transport: "unix", path } });
}

/** An event of a stream. */
export interface StreamEvent {
  readonly event: string;
  // deno-lint-ignore no-explicit-any
  readonly data: any;
}

/** The events of an answer, as they come. */
export async function* eventsOf(response: Response): AsyncGenerator<StreamEvent> {
  let text = "";
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    text += piece;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const [name, data] = text.slice(0, end).split("\n");
      text = text.slice(end + 2);
      assert.match(name, /^event: /);
      yield { event: name.slice(7), data: JSON.parse(data.slice(6)) };
    }
  }
  assert.equal(text, "", "the stream ends in the middle of an event");
}

/** A refusal's status, code, field and whether the program began. */
export async function refusalOf(response: Response) {
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  const { status, code, field, began } = await response.json();
  assert.equal(status, response.status);
  return { status, code, field, began };
}
