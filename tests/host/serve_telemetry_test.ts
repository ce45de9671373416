// What the service tells of itself: traces and metrics to an OpenTelemetry collector, and the same
// numbers as text for Prometheus.

import assert from "node:assert/strict";
import { leavesNothing } from "./leaves_nothing.ts";
import { runOf, startServe } from "./serve_program.ts";
import { overHttp, serving } from "./serve_stage.ts";

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly doubleValue?: number };
}
interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly status: { readonly code: number; readonly message: string };
}
interface Metric {
  readonly name: string;
  readonly sum?: { readonly dataPoints: readonly Point[] };
  readonly histogram?: { readonly dataPoints: readonly { readonly count: string }[] };
  readonly gauge?: { readonly dataPoints: readonly Point[] };
}
interface Point {
  readonly attributes: readonly Attribute[];
  readonly asDouble?: number;
}

function collectorEnv(endpoint: string): Record<string, string> {
  return {
    OTEL_DENO: "true",
    OTEL_DENO_CONSOLE: "ignore",
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_BSP_SCHEDULE_DELAY: "100",
    OTEL_METRIC_EXPORT_INTERVAL: "200",
  };
}

/** A collector that keeps the project's own spans and metrics. */
class Collector implements AsyncDisposable {
  readonly spans: Span[] = [];
  readonly metrics = new Map<string, Metric>();
  readonly server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (asked) => {
    const { resourceSpans = [], resourceMetrics = [] } = await asked.json();
    // deno-lint-ignore no-explicit-any
    const own = (scopes: any[]) => scopes.filter(({ scope }) => scope.name === "sallyport");
    for (const { scopeSpans } of resourceSpans) {
      for (const { spans } of own(scopeSpans)) this.spans.push(...spans);
    }
    for (const { scopeMetrics } of resourceMetrics) {
      for (const { metrics } of own(scopeMetrics)) {
        for (const metric of metrics) this.metrics.set(metric.name, metric);
      }
    }
    return Response.json({});
  });

  get env(): Record<string, string> {
    return collectorEnv(`http://127.0.0.1:${this.server.addr.port}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.shutdown();
  }
}

Deno.test(
  "each run is a trace with the agent's marks, below the caller's, without its code",
  overHttp,
  () =>
    leavesNothing(async (directory) => {
      await using collector = new Collector();
      const program = await startServe(directory, ["--recycling", "never"], collector.env);
      const [trace, parent] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"];
      const run = { language: "sh", code: "sleep 0.1; echo secret-output", id: "mine" };
      // Another process sends it: a client here would begin a trace of its own.
      const result = await (await program.ask(
        "/v1/runs",
        runOf(run, { traceparent: `00-${trace}-${parent}-01` }),
      )).json();
      await (await program.ask("/v1/runs", runOf({ language: "cobol", code: "" }))).text();
      await new Promise((resolve) => setTimeout(resolve, 1500));
      program.process.kill("SIGTERM");
      assert.equal((await program.end()).code, 0);

      const roots = collector.spans.filter(({ name }) => name === "run");
      assert.equal(roots.length, 2);
      const root = roots.find((span) => textOf(span, "sallyport.run") === "mine")!;
      assert.deepEqual([root.traceId, root.parentSpanId], [trace, parent]);
      assert.equal(textOf(root, "sallyport.status"), "exited");
      const parts = collector.spans.filter(({ parentSpanId }) => parentSpanId === root.spanId);
      const times = new Map(parts.map((span) => [span.name, span]));
      const expected = ["queue", "ack", "write", "spawn", "run", "collect", "first_output"];
      const names = expected.map((name) => name === "queue" ? name : `agent.${name}`);
      assert.deepEqual([...times.keys()].toSorted(), names.toSorted());
      const ran = msOf(times.get("agent.run")!);
      assert.ok(Math.abs(ran - result.timing.run_ms) < 0.01, `${ran} ms`);
      assert.ok(msOf(root) >= ran);
      for (const part of parts) {
        assert.equal(part.traceId, trace);
        const late = BigInt(part.endTimeUnixNano) - BigInt(root.endTimeUnixNano);
        assert.ok(late < 1_000_000n, `${part.name} ends after the run`);
      }
      const refused = roots.find((span) => span !== root)!;
      assert.equal(refused.status.code, 2);
      assert.match(refused.status.message, /language/);
      const all = JSON.stringify(collector.spans);
      assert.ok(!all.includes("secret") && !all.includes("sleep"), "a trace tells the program");

      const counts = collector.metrics.get("sallyport_runs_total")!.sum!.dataPoints;
      assert.equal(counts.reduce((sum, { asDouble = 0 }) => sum + asDouble, 0), 2);
      const waits = collector.metrics.get("sallyport_queue_wait_seconds")!.histogram!.dataPoints;
      assert.equal(Number(waits[0].count), 2);
      assert.ok(collector.metrics.has("sallyport_machines"));
    }),
);

Deno.test(
  "a service ends though its collector does not answer",
  overHttp,
  () =>
    leavesNothing(async (directory) => {
      // It takes connections, as a listener does by itself, and nothing more.
      using silent = Deno.listen({ port: 0, hostname: "127.0.0.1" });
      const endpoint = `http://127.0.0.1:${(silent.addr as Deno.NetAddr).port}`;
      const env = { ...collectorEnv(endpoint), OTEL_METRIC_EXPORT_INTERVAL: "20" };
      const program = await startServe(directory, ["--recycling", "never"], env);
      await (await program.ask("/v1/runs", runOf({ language: "sh", code: "echo 1" }))).text();
      program.process.kill("SIGTERM");
      assert.equal((await program.end()).code, 0);
    }),
);

Deno.test(
  "the metrics are Prometheus' text, and count what happened",
  overHttp,
  () =>
    serving({}, async ({ ask, run }) => {
      for (const code of ["true", "true", "kill -9 $$"]) {
        await (await run({ language: "sh", code })).text();
      }
      await (await run({ language: "cobol", code: "" })).text();
      const text = await (await ask("/metrics")).text();
      const samples = new Map<string, number>();
      const types = new Map<string, string>();
      for (const line of text.trimEnd().split("\n")) {
        const type = /^# TYPE (\w+) (counter|gauge|histogram)$/.exec(line);
        if (type !== null) types.set(type[1], type[2]);
        if (line.startsWith("#")) continue;
        const [, name, labels, value] = /^(\w+)(\{(?:\w+="[^"]*",?)+\})? ([\d.e+-]+)$/.exec(line)!;
        const family = name.replace(/_(bucket|sum|count)$/, "");
        assert.ok(types.has(name) || types.get(family) === "histogram", `${line} has no type`);
        samples.set(name + (labels ?? ""), Number(value));
      }
      const seen = (name: string) => samples.get(name);
      assert.equal(seen('sallyport_runs_total{status="exited"}'), 2);
      assert.equal(seen('sallyport_runs_total{status="signaled"}'), 1);
      assert.equal(seen('sallyport_runs_total{status="unknown_language"}'), 1);
      assert.equal(seen("sallyport_run_seconds_count"), 4);
      assert.equal(seen('sallyport_run_seconds_bucket{le="+Inf"}'), 4);
      assert.equal(seen('sallyport_machines{state="booting"}'), 0);
      assert.equal(seen('sallyport_machine_events_total{event="ready"}'), 1);
      assert.equal(seen("sallyport_queue_length"), 0);
      assert.equal(seen('sallyport_http_requests_total{route="POST /v1/runs",status="200"}'), 3);
      const buckets = [...samples].filter(([name]) =>
        name.startsWith("sallyport_run_seconds_bucket")
      );
      const values = buckets.map(([, value]) => value);
      assert.deepEqual(values, values.toSorted((a, b) => a - b), "buckets do not add up");
    }),
);

const textOf = ({ attributes }: Span, key: string) =>
  attributes.find((one) => one.key === key)?.value.stringValue;

const msOf = ({ startTimeUnixNano: from, endTimeUnixNano: until }: Span) =>
  Number(BigInt(until) - BigInt(from)) / 1e6;
