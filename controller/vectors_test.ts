// The protocol's conversations hold for this client: it sends what each vector says, and makes the
// same of each answer.

import assert from "node:assert/strict";
import { bytesOf, type Parts, vectorsOf } from "../protocol/testing/vectors.ts";
import { type Client, connect, ConnectionError, RequestError, type RunOptions } from "./client.ts";
import type { Result, StreamingRun } from "./run.ts";
import { FakeAgent, type FakeConnection } from "./testing/fake_agent.ts";

interface Step {
  readonly sends?: Record<string, unknown>;
  readonly answers?: { type: string };
  readonly body?: Parts;
  readonly raw?: Parts;
  readonly sends_raw?: string;
  readonly closes?: boolean;
}
interface Failure {
  readonly kind: "request" | "lost" | "connect";
  readonly code?: string;
  readonly field?: string;
}
interface Call {
  readonly call: string;
  // deno-lint-ignore no-explicit-any -- each call has its own arguments
  readonly with?: any;
  readonly returns?: unknown;
  readonly fails?: Failure;
}
interface Conversation {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly calls: readonly Call[];
  readonly connect?: { readonly fails: Failure };
  readonly greets?: boolean;
  readonly target?: "firecracker";
}

const { vectors } = vectorsOf("conversations") as { vectors: Conversation[] };
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

async function take(step: Step, conn: FakeConnection): Promise<void> {
  const body = bytesOf(step.body ?? "");
  if (step.answers !== undefined) await conn.send(step.answers, body);
  if (step.raw !== undefined) await conn.raw(bytesOf(step.raw));
  if (step.sends_raw !== undefined) assert.equal(await conn.line(), step.sends_raw);
  if (step.sends === undefined) return;
  const received = await conn.next();
  assert.deepEqual(received?.value, step.sends);
  assert.deepEqual(received?.body, body);
}

/** Serves one client as the vector says, then waits until it leaves. */
async function serve({ steps }: Conversation, conn: FakeConnection): Promise<void> {
  for (const step of steps) {
    if (step.closes) return;
    // A client that was told nonsense leaves before all of it is written.
    await take(step, conn).catch((error) => {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    });
  }
  const more = await conn.next().catch(() => null);
  assert.equal(more, null, `it also sent ${JSON.stringify(more?.value)}`);
}

function ended(result: Omit<Result, "output" | "timing" | "survivors">, output: Result["output"]) {
  return {
    ...result,
    exit_code: result.exit_code ?? null,
    stdout: text(output.stdout),
    stderr: text(output.stderr),
    denied: result.denied.map(({ syscall, count }) => [syscall, count]),
  };
}

function shown({ build, buildOutput, ...result }: Result): Record<string, unknown> {
  const main = ended(result as Result, result.output);
  if (build === undefined) return main;
  const { status, exit_code, stdout, stderr } = ended(build as never, buildOutput!);
  return { ...main, build: { status, exit_code, stdout, stderr } };
}

async function perform(client: Client, runs: StreamingRun[], { call, with: given = {} }: Call) {
  const run = runs[0];
  switch (call) {
    case "run":
      return shown(await client.run(given).result);
    case "start":
      return void runs.unshift(client.run(given as RunOptions));
    case "begun":
      return await run.acked;
    case "read":
      return (await Array.fromAsync(run)).map(({ stream, offset, bytes }) => [
        stream,
        offset,
        text(bytes),
      ]);
    case "write":
      return await run.write(bytesOf(given.content));
    case "end_input":
      return await run.closeStdin();
    case "signal":
      return await run.signal(given.signal);
    case "cancel":
      return await run.cancel();
    case "result":
      return shown(await run.result);
    case "put":
      return await client.put(given.path, bytesOf(given.content), { mode: given.mode });
    case "get":
      return (await client.get(given.path)).toHex();
    case "mkdir":
      return await client.mkdir(given.path, { mode: given.mode });
    case "link":
      return await client.link(given.path, given.target);
    case "remove":
      return await client.remove(given.path, { recursive: given.recursive });
    case "list":
      return (await client.list(given.path, { recursive: given.recursive })).map(({ name }) =>
        name
      );
    case "reset":
      return await client.reset();
    case "ping":
      return await client.ping();
    case "info": {
      const info = await client.info();
      return { ...info, languages: info.languages.map(({ name }) => name) };
    }
  }
  throw new Error(`No call "${call}"`);
}

async function fails(act: Promise<unknown>, { kind, code, field }: Failure): Promise<void> {
  const error = await act.then(() => null, (error) => error);
  if (kind !== "request") return assert(error instanceof ConnectionError, `${error}`);
  assert(error instanceof RequestError, `${error}`);
  assert.deepEqual([error.code, error.field], [code, field]);
}

function same(call: Call, value: unknown): void {
  if (call.returns === undefined) return;
  const wanted = call.call === "get" ? bytesOf(call.returns as Parts).toHex() : call.returns;
  if (typeof wanted !== "object" || Array.isArray(wanted)) return assert.deepEqual(value, wanted);
  for (const [name, one] of Object.entries(wanted as object)) {
    assert.deepEqual((value as Record<string, unknown>)[name], one, name);
  }
}

async function hold(vector: Conversation): Promise<void> {
  const script = (conn: FakeConnection) => serve(vector, conn);
  await using agent = vector.greets === false ? FakeAgent.bare(script) : FakeAgent.start(script);
  const target = vector.target === "firecracker"
    ? `${agent.target.replace("unix:", "firecracker:")}:5000`
    : agent.target;
  const connecting = connect(target, { timeoutMs: 2000 });
  if (vector.connect !== undefined) return await fails(connecting, vector.connect.fails);
  await using client = await connecting;
  const runs: StreamingRun[] = [];
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("it waits for ever")), 5000);
  try {
    await Promise.race([performAll(client, runs, vector.calls), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function performAll(
  client: Client,
  runs: StreamingRun[],
  calls: readonly Call[],
): Promise<void> {
  for (const call of calls) {
    if (call.fails !== undefined) await fails(perform(client, runs, call), call.fails);
    else same(call, await perform(client, runs, call));
  }
}

Deno.test(`vectors: ${vectors.length} conversations`, async (t) => {
  for (const vector of vectors) await t.step(vector.name, () => hold(vector));
});

Deno.test("vectors: conversations have names of their own, and every call occurs", () => {
  const names = vectors.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  const calls = new Set(vectors.flatMap(({ calls }) => calls.map(({ call }) => call)));
  assert.equal(calls.size, 18);
});
