// Streamed standard input: all of it arrives, as fast as the job reads, and it never blocks
// anything else.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { startAgent } from "../helpers/agent.ts";
import { residentBytes } from "../helpers/census.ts";
import { connect, runNext } from "../helpers/job.ts";
import { Wire } from "../helpers/wire.ts";

const MiB = 1 << 20;
/** A job that reads nothing for 20 seconds and then ends by itself. */
const deaf = { type: "run", language: "sh", code: "sleep 20", stdin: { stream: true } };

/** Bytes from which their own offset can be computed. */
function pattern(length: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4)).map((_, index) => index * 2654435761);
  return new Uint8Array(words.buffer, 0, length);
}

async function open(path: string): Promise<Wire> {
  const wire = await Wire.connect(path);
  assert.equal((await wire.message())?.type, "ready");
  return wire;
}

Deno.test("stdin: 64 MiB through cat", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  await runNext(client, "sh");
  const memory = residentBytes(agent.pid);
  const input = pattern(64 * MiB);
  const started = performance.now();
  const run = client.run({
    language: "sh",
    code: "exec cat",
    stdin: { stream: true },
    stream: true,
    limits: { output_total_bytes: 65 * MiB },
  });
  const sent = run.write(input).then(() => run.closeStdin());
  let received = 0;
  for await (const { offset, bytes } of run) {
    const expected = input.subarray(offset, offset + bytes.length);
    assert.ok(Buffer.compare(expected, bytes) === 0, `the bytes from ${offset} on are others`);
    received += bytes.length;
  }
  await sent;
  const result = await run.result;
  const seconds = (performance.now() - started) / 1000;
  assert.equal(result.status, "exited");
  assert.equal(result.stdout.total, input.length);
  assert.equal(received + result.stdout.dropped, input.length);
  const grown = residentBytes(agent.pid) - memory;
  console.log(
    `64 MiB through cat in ${seconds.toFixed(2)} s (${(64 / seconds).toFixed(0)} MiB/s), ` +
      `agent +${(grown / MiB).toFixed(1)} MiB`,
  );
  assert.ok(seconds < 20, `took ${seconds} s`);
  assert.ok(grown < 32 * MiB, `the agent grew by ${grown} bytes`);
});

Deno.test("stdin: any pieces of any sizes arrive as they were sent", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 300_000 }), { maxLength: 8 }),
      async (sizes) => {
        const input = pattern(sizes.reduce((sum, size) => sum + size, 0));
        const run = client.run({ language: "sh", code: "exec sha256sum", stdin: { stream: true } });
        let at = 0;
        for (const size of sizes) void run.write(input.subarray(at, at += size));
        await run.closeStdin();
        const { output } = await run.result;
        const digest = await crypto.subtle.digest("SHA-256", input as Uint8Array<ArrayBuffer>);
        const expected = new Uint8Array(digest).toHex();
        assert.equal(new TextDecoder().decode(output.stdout).slice(0, 64), expected);
      },
    ),
    { numRuns: 25 },
  );
});

Deno.test("stdin: 100 MiB for a job that reads none of it: cancelled at once, no memory", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  await runNext(client, "sh");
  const memory = residentBytes(agent.pid);
  const run = client.run({ language: "sh", code: "sleep 20", stdin: { stream: true } });
  const sending = run.write(new Uint8Array(100 * MiB));
  await run.acked;
  await new Promise((resolve) => setTimeout(resolve, 500));
  const grown = residentBytes(agent.pid) - memory;
  const started = performance.now();
  await run.cancel();
  assert.equal((await run.result).status, "cancelled");
  const took = performance.now() - started;
  await sending;
  assert.ok(took < 500, `the cancel took ${took} ms`);
  assert.ok(grown < 4 * MiB, `the agent grew by ${grown} bytes`);
});

Deno.test("stdin: who ignores the window is refused once, and still heard", async () => {
  await using agent = await startAgent();
  using wire = await open(agent.path);
  await wire.say({ ...deaf, id: "deaf" });
  const ack = await wire.message();
  assert.deepEqual(ack, { type: "ack", id: "deaf", stdin_window: MiB });
  await new Promise((resolve) => setTimeout(resolve, 200));
  const memory = residentBytes(agent.pid);
  // Send 100 MiB without reading the answers: the agent must still continue to read.
  const piece = new Uint8Array(64 * 1024);
  for (let sent = 0; sent < 100 * MiB; sent += piece.length) {
    assert.ok(await wire.say({ type: "stdin", id: sent, bytes: piece.length }, piece));
  }
  const grown = residentBytes(agent.pid) - memory;
  const started = performance.now();
  await wire.say({ type: "signal", id: "signal", signal: "SIGCONT" });
  await wire.say({ type: "cancel" });
  const said: string[] = [];
  for (let message = await wire.message();; message = await wire.message()) {
    said.push(message!.type);
    if (message!.type === "error") {
      assert.deepEqual([message!.code, message!.field, message!.id], ["too_large", "bytes", MiB]);
    }
    if (message!.type !== "result") continue;
    assert.equal(message!.status, "cancelled");
    break;
  }
  const took = performance.now() - started;
  assert.deepEqual(said, ["error", "done", "result"]);
  assert.ok(took < 1000, `the cancel took ${took} ms`);
  assert.ok(grown < 8 * MiB, `the agent grew by ${grown} bytes`);
});

Deno.test("stdin: after a refusal nothing reaches the job, not even the end of the input", async () => {
  await using agent = await startAgent();
  using wire = await open(agent.path);
  await wire.say({ ...deaf, code: "cat; echo end", timeout_ms: 700 });
  await wire.until("ack");
  await wire.say({ type: "stdin", bytes: 5 }, new TextEncoder().encode("first"));
  await wire.say({ type: "stdin", id: 1, bytes: 2 * MiB }, new Uint8Array(2 * MiB));
  await wire.say({ type: "stdin", id: 2, bytes: 6 }, new TextEncoder().encode("second"));
  await wire.say({ type: "stdin", id: 3, eof: true });
  const error = await wire.message();
  assert.deepEqual([error?.type, error?.code, error?.id], ["error", "too_large", 1]);
  const { message, body } = await wire.until("result");
  assert.equal(message.status, "timeout");
  assert.equal(new TextDecoder().decode(body), "first");
});

Deno.test("stdin: is refused once where the run has none, and after its end", async () => {
  await using agent = await startAgent();
  using wire = await open(agent.path);
  for (const stdin of [undefined, { stream: true }]) {
    await wire.say({ type: "run", language: "sh", code: "sleep 0.3", stdin });
    assert.equal((await wire.message())?.type, "ack");
    if (stdin !== undefined) await wire.say({ type: "stdin", eof: true });
    for (let id = 1; id <= 3; id++) {
      await wire.say({ type: "stdin", id, bytes: 1 }, new Uint8Array(1));
    }
    const error = await wire.message();
    assert.deepEqual([error?.code, error?.field, error?.id], ["bad_request", "type", 1]);
    assert.equal((await wire.message())?.type, "result");
  }
});

Deno.test("stdin: a client that reads none of its output can still cancel", async () => {
  await using agent = await startAgent();
  using wire = await open(agent.path);
  const code = "while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done";
  await wire.say({
    type: "run",
    language: "sh",
    code,
    stream: true,
    usage: true,
    timeout_ms: 20_000,
  });
  await wire.until("ack");
  await new Promise((resolve) => setTimeout(resolve, 1500)); // nothing is read: the socket is full
  await wire.say({ type: "cancel" });
  await new Promise((resolve) => setTimeout(resolve, 500));
  // The run ends before this client reads anything, and another client gets its turn.
  await using other = await connect(agent.target);
  await runNext(other, "sh");
  const { message } = await wire.until("result");
  assert.equal(message.status, "cancelled");
});

Deno.test("stdin: a job that closes it does not hold up who writes", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  const run = client.run({
    language: "sh",
    code: "exec 0<&-; sleep 0.5; echo over",
    stdin: { stream: true },
  });
  await run.write(new Uint8Array(8 * MiB));
  const { status, output } = await run.result;
  assert.deepEqual([status, new TextDecoder().decode(output.stdout)], ["exited", "over\n"]);
});
