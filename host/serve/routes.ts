// Every route: what it answers. `openapi.ts` says the same for people; a test compares both.

import type { HonoRequest } from "hono";
import { eventStream } from "./event_stream.ts";
import type { Exchange } from "./http_server.ts";
import { openApi } from "./openapi.ts";
import { parseRequest } from "./parse_request.ts";
import { Problem } from "./problem.ts";
import { runBody } from "./run_body.ts";
import type { Service } from "./service.ts";
import type { Holder } from "./tokens.ts";

/** A request that may be answered. */
export interface Call {
  readonly request: HonoRequest;
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
  answer(call: Call): Response | Promise<Response>;
}

/** All routes of a service. */
export function routesOf(service: Service): readonly Route[] {
  return [
    { method: "POST", path: "/v1/runs", answer: (call) => run(service, call) },
    {
      method: "DELETE",
      path: "/v1/runs/:id",
      answer({ request, holder }) {
        service.cancel(holder, request.param("id")!);
        return new Response(null, { status: 202 });
      },
    },
    { method: "GET", path: "/v1/machines", answer: () => Response.json(machines(service)) },
    {
      method: "GET",
      path: "/v1/languages",
      answer: () => {
        const { languages, limits } = service.info;
        return Response.json({ languages, limits });
      },
    },
    { method: "GET", path: "/metrics", answer: () => plain(service.metrics.text()) },
    { method: "GET", path: "/openapi.json", open: true, answer: () => Response.json(openApi) },
    { method: "GET", path: "/healthz", open: true, answer: () => plain("ok\n") },
    {
      method: "GET",
      path: "/readyz",
      open: true,
      answer() {
        if (service.isReady) return plain("ok\n");
        throw new Problem("not_ready", "No machine is ready", { retryAfter: 1 });
      },
    },
  ];
}

async function run(service: Service, { request, exchange, holder }: Call): Promise<Response> {
  const leave = service.admit(holder);
  let goesOn = false;
  try {
    const asked = await parseRequest(request.header("content-type") ?? "", await exchange.body());
    const stream = /\btext\/event-stream\b/.test(request.header("accept") ?? "");
    const { id, job } = service.begin(asked, holder, request.raw.headers, exchange.gone, stream);
    goesOn = true;
    void job.result.catch(() => {}).then(leave);
    const wanted = asked.request.get !== undefined;
    if (!stream) return Response.json(runBody(id, await job.result, false, wanted));
    const events = eventStream(id, job, (result) => runBody(id, result, true, wanted));
    const headers = { "content-type": "text/event-stream", "cache-control": "no-store" };
    return new Response(events, { headers });
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
    ...boots === null ? {} : { boots: { failures: boots.failures, why: boots.why } },
  };
}

const plain = (text: string) =>
  new Response(text, { headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" } });
