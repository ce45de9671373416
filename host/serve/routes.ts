// Every route: what it answers. `openapi.ts` says the same for people; a test compares both.

import { type Answer, jsonAnswer, textAnswer } from "./answer.ts";
import { eventStream } from "./event_stream.ts";
import type { HttpRequest } from "./http_request.ts";
import type { Exchange } from "./http_server.ts";
import { openApi } from "./openapi.ts";
import { parseRequest } from "./parse_request.ts";
import { Problem } from "./problem.ts";
import { runBody } from "./run_body.ts";
import type { Service } from "./service.ts";
import { withoutPaths } from "./told.ts";
import type { Holder } from "./tokens.ts";

/** A request that may be answered. */
export interface Call {
  readonly request: HttpRequest;
  readonly exchange: Exchange;
  /** Whose it is; for open routes nobody's. */
  readonly holder: Holder;
}

/** A route. */
export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  /** As Hono writes it. */
  readonly path: string;
  /** Whether no token is needed. */
  readonly open?: boolean;
  /** Whether only an operator's token will do: it answers with what is of all holders. */
  readonly operator?: boolean;
  answer(call: Call): Answer | Promise<Answer>;
}

/** All routes of a service. */
export function routesOf(service: Service): readonly Route[] {
  return [
    { method: "POST", path: "/v1/runs", answer: (call) => run(service, call) },
    {
      method: "DELETE",
      path: "/v1/runs/:id",
      answer({ request, holder }) {
        service.cancel(holder, request.path.slice("/v1/runs/".length));
        return { status: 202, headers: {}, body: "" };
      },
    },
    {
      method: "GET",
      path: "/v1/machines",
      operator: true,
      answer: () => jsonAnswer(machines(service)),
    },
    {
      method: "GET",
      path: "/v1/languages",
      answer: () => {
        const { languages, limits } = service.info;
        return jsonAnswer({ languages, limits });
      },
    },
    {
      method: "GET",
      path: "/metrics",
      operator: true,
      answer: () => textAnswer(service.metrics.text()),
    },
    { method: "GET", path: "/openapi.json", open: true, answer: () => jsonAnswer(openApi) },
    { method: "GET", path: "/healthz", open: true, answer: () => textAnswer("ok\n") },
    {
      method: "GET",
      path: "/readyz",
      open: true,
      answer() {
        if (service.isReady) return textAnswer("ok\n");
        throw new Problem("not_ready", "No machine is ready", { retryAfter: 1 });
      },
    },
  ];
}

async function run(service: Service, { request, exchange, holder }: Call): Promise<Answer> {
  const { headers } = request;
  const leave = service.admit(holder);
  let goesOn = false;
  try {
    const asked = parseRequest(headers["content-type"] ?? "", await exchange.body());
    const streams = /\btext\/event-stream\b/.test(headers.accept ?? "");
    const { id, job } = service.begin(asked, holder, headers, exchange.ending, streams);
    goesOn = true;
    void job.result.catch(() => {}).then(leave);
    const wanted = asked.request.get !== undefined;
    if (!streams) return jsonAnswer(runBody(id, await job.result, false, wanted));
    const body = eventStream(id, job, (result) => runBody(id, result, true, wanted));
    const about = { "content-type": "text/event-stream", "cache-control": "no-store" };
    return { status: 200, headers: about, body };
  } finally {
    if (!goesOn) leave();
  }
}

function machines({ pool }: Service): unknown {
  const { state, waiting, running, machines, boots } = pool.status();
  return {
    state,
    waiting,
    running,
    machines: machines.map(({ name, state, runs, ageMs, silentMs, memoryMib }) => ({
      ...{ name, state, runs, age_ms: ageMs, silent_ms: silentMs, memory_mib: memoryMib },
    })),
    // Why machines do not start, where they do not.
    ...boots === null ? {} : { boots: { failures: boots.failures, why: withoutPaths(boots.why) } },
  };
}
