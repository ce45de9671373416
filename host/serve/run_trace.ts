// A run as a trace: its time in the line, and the agent's timing marks, as spans below one.
//
// The spans are made when all is known, since the agent tells its marks with the result. Its clock
// is another, so they are laid end to end, up to the moment when the result was here.

import type { IncomingHttpHeaders } from "node:http";
import {
  type Context,
  context,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import type { JobResult } from "./job.ts";
import type { Problem } from "./problem.ts";

/** The marks that follow one another. `first_output_ms` lies within `run_ms`. */
const marks = ["wait_ms", "ack_ms", "write_ms", "spawn_ms", "run_ms", "collect_ms"] as const;

/** What a trace says of a run; nothing that its program is, reads or prints. */
export interface TracedRun {
  readonly id: string;
  readonly token: string;
  readonly language: string;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly until: number;
}

/** The trace that a request's headers belong to. */
export function traceOf(headers: IncomingHttpHeaders): Context {
  return propagation.extract(context.active(), headers);
}

/** Tells of a run that has ended. */
export function traceRun(parent: Context, run: TracedRun, end: JobResult | Problem): void {
  const tracer = trace.getTracer("sallyport");
  const span = tracer.startSpan("run", { kind: SpanKind.INTERNAL, startTime: run.from }, parent);
  if (!span.isRecording()) return; // nobody collects traces
  span.setAttributes({
    "sallyport.run": run.id,
    "sallyport.token": run.token,
    "sallyport.language": run.language,
    ...attributesOf(end),
  });
  const below = trace.setSpan(parent, span);
  const add = (name: string, from: number, until: number) =>
    tracer.startSpan(name, { startTime: from }, below).end(until);
  if ("result" in end) {
    add("queue", run.from, run.from + end.waitedMs);
    const { timing } = end.result;
    let at = run.until - marks.reduce((sum, mark) => sum + (timing[mark] ?? 0), 0);
    for (const mark of marks) {
      const ms = timing[mark];
      if (ms === undefined) continue;
      const name = mark.slice(0, -"_ms".length);
      if (mark === "run_ms" && timing.first_output_ms !== undefined) {
        add("agent.first_output", at, at + timing.first_output_ms);
      }
      add(`agent.${name}`, at, at += ms);
    }
  } else span.setStatus({ code: SpanStatusCode.ERROR, message: end.message });
  span.end(run.until);
}

function attributesOf(end: JobResult | Problem): Record<string, string | number> {
  if (!("result" in end)) {
    return { "sallyport.status": end.code, "sallyport.began": end.body.began };
  }
  const { machine, attempts, result: { status, exit_code } } = end;
  return {
    "sallyport.machine": machine,
    "sallyport.attempts": attempts,
    "sallyport.status": status,
    ...exit_code === undefined ? {} : { "sallyport.exit_code": exit_code },
  };
}
