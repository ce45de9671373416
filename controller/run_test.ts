// A run against a fake agent: output as it comes, backpressure, input, signals, cancelling,
// results.

import assert from "node:assert/strict";
import { connect } from "./client.ts";
import { RequestError } from "./errors.ts";
import { FakeAgent, type FakeConnection } from "./testing/fake_agent.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const options = { sanitizeOps: true, sanitizeResources: true };

Deno.test("run: sends the code as bytes, and what was asked for", options, async () => {
  await using agent = FakeAgent.start(async (conn) => {
    const { value, body } = await conn.takeRun();
    assert.equal(text(body), 'print("é")');
    assert.deepEqual({ ...value, id: 0 }, {
      type: "run",
      id: 0,
      language: "python",
      args: ["a"],
      timeout_ms: 100,
      bytes: 11,
    });
    await conn.sendResult(value.id);
    await conn.end();
  });
  await using client = await connect(agent.target);
  const run = client.run({ language: "python", code: 'print("é")', args: ["a"], timeout_ms: 100 });
  await run.acked;
  assert.equal((await run.result).exit_code, 0);
});

Deno.test("run: who writes without end hears of the end", options, async () => {
  await using agent = FakeAgent.start(async (conn) => {
    const { value } = await conn.takeRun();
    await conn.sendResult(value.id);
    await conn.end();
  });
  await using client = await connect(agent.target);
  const run = client.run({ language: "sh", code: "", stdin: { stream: true } });
  let over = false;
  run.result.then(() => setTimeout(() => over = true));
  while (!over) await run.write("line\n");
});

Deno.test("run: without streaming, the result holds the output", options, async () => {
  await using agent = FakeAgent.start(async (conn) => {
    const { value } = await conn.takeRun();
    const stdout = { total: 10, dropped: 7, bytes: 3 };
    const stderr = { total: 2, dropped: 0, bytes: 2 };
    await conn.sendResult(value.id, { stdout, stderr, bytes: 5 }, "outer");
    await conn.end();
  });
  await using client = await connect(agent.target);
  const { output } = await client.run({ language: "sh", code: "" }).result;
  assert.deepEqual([text(output.stdout), text(output.stderr)], ["out", "er"]);
});

Deno.test("run: streams both outputs in order, with their offsets", options, async () => {
  await using agent = FakeAgent.start(async (conn) => {
    const { value } = await conn.takeRun();
    await conn.send({ type: "stdout", offset: 0, bytes: 3 }, "one");
    await conn.send({ type: "stderr", offset: 0, bytes: 3 }, "two");
    await conn.send({ type: "stdout", offset: 100, bytes: 5 }, "three");
    await conn.sendResult(value.id, { stdout: { total: 105, dropped: 97 } });
    await conn.end();
  });
  await using client = await connect(agent.target);
  const run = client.run({ language: "sh", code: "", stream: true });
  const pieces: unknown[] = [];
  for await (const { stream, offset, bytes } of run) pieces.push([stream, offset, text(bytes)]);
  assert.deepEqual(pieces, [["stdout", 0, "one"], ["stderr", 0, "two"], ["stdout", 100, "three"]]);
  assert.equal((await run.result).stdout.dropped, 97);
});

async function flood(conn: FakeConnection, chunks: number, onSent: (sent: number) => void) {
  const { value } = await conn.takeRun();
  const bytes = 1 << 16;
  for (let i = 0; i < chunks; i++) {
    await conn.send({ type: "stdout", offset: i * bytes, bytes }, new Uint8Array(bytes).fill(i));
    onSent(i + 1);
  }
  await conn.sendResult(value.id);
  await conn.end();
}

Deno.test(
  "run: one that does not stream cannot be iterated, and says so at once",
  options,
  async () => {
    await using agent = FakeAgent.start(async (conn) => {
      const { value } = await conn.takeRun();
      await conn.sendResult(value.id);
      await conn.end();
    });
    await using client = await connect(agent.target);
    const run = client.run({ language: "sh", code: "" });
    const iterate = async () => {
      // @ts-expect-error Only a run with `stream` has an iterator.
      for await (const _ of run);
    };
    await assert.rejects(
      iterate,
      (error) => error instanceof TypeError && /stream: true/.test(`${error}`),
    );
    assert.equal((await run.result).exit_code, 0);
  },
);

Deno.test("run: an agent that begins a run twice is not believed", options, async () => {
  await using agent = FakeAgent.start(async (conn) => {
    const { value } = await conn.takeRun(100);
    await conn.send({ type: "ack", id: value.id, stdin_window: 1 << 30 });
    await conn.end();
  });
  await using client = await connect(agent.target);
  const run = client.run({ language: "sh", code: "", stdin: { stream: true } });
  await assert.rejects(run.result, /Agent broke the protocol: it sent "ack" unasked/);
});

Deno.test("run: a reader that is slow makes the agent wait", options, async () => {
  let sent = 0;
  await using agent = FakeAgent.start((conn) => flood(conn, 200, (count) => sent = count));
  await using client = await connect(agent.target);
  const run = client.run({ language: "sh", code: "", stream: true });
  let expected = 0;
  for await (const { offset, bytes } of run) {
    assert.equal(offset, expected);
    expected += bytes.length;
    if (offset > 0) continue;
    await new Promise((resolve) => setTimeout(resolve, 150));
    assert(sent < 60, `${sent} of 200 chunks were taken though nobody read`);
  }
  assert.equal(expected, 200 << 16);
});

Deno.test("run: who only waits for the result gets it, and the last output", options, async () => {
  await using agent = FakeAgent.start((conn) => flood(conn, 100, () => {}));
  await using client = await connect(agent.target);
  const run = client.run({ language: "sh", code: "", stream: true });
  await run.result;
  let last = 0;
  let size = 0;
  for await (const { offset, bytes } of run) {
    [last, size] = [offset + bytes.length, size + bytes.length];
  }
  assert.equal(last, 100 << 16);
  assert(size <= 1 << 20);
});

Deno.test("run: a reader that leaves does not hold up the result", options, async () => {
  await using agent = FakeAgent.start((conn) => flood(conn, 100, () => {}));
  await using client = await connect(agent.target);
  const run = client.run({ language: "sh", code: "", stream: true });
  for await (const _ of run) break;
  assert.equal((await run.result).status, "exited");
});

Deno.test(
  "run: standard input goes out in pieces, then its end; signals by name",
  options,
  async () => {
    const input = new Uint8Array(150_000).map((_, i) => i);
    await using agent = FakeAgent.start(async (conn) => {
      const { value } = await conn.takeRun();
      assert.deepEqual(value.stdin, { stream: true });
      const got: number[] = [];
      while (got.length < input.length) got.push(...(await conn.expect("stdin")).body);
      assert.deepEqual(Uint8Array.from(got), input);
      assert.equal((await conn.expect("stdin")).value.eof, true);
      assert.equal((await conn.expect("signal")).value.signal, "SIGUSR1");
      await conn.sendResult(value.id, {
        status: "signaled",
        signal: "SIGUSR1",
        exit_code: undefined,
      });
      await conn.end();
    });
    await using client = await connect(agent.target);
    const run = client.run({ language: "sh", code: "", stdin: { stream: true } });
    await run.write(input);
    await run.closeStdin();
    await run.signal("SIGUSR1");
    assert.equal((await run.result).signal, "SIGUSR1");
    // The run is over: these go nowhere.
    await run.write(input);
    await run.cancel();
  },
);

Deno.test("run: input waits for room; cancel does not wait for input", options, async () => {
  await using agent = FakeAgent.start(async (conn) => {
    const { value } = await conn.takeRun(100);
    let taken = 0;
    const more = async () => taken += (await conn.expect("stdin")).body.length;
    await more();
    await more();
    assert.equal(taken, 100, "the window is used up");
    await conn.send({ type: "stdin", taken: 60 });
    await more();
    assert.equal(taken, 150);
    await conn.expect("cancel");
    await conn.sendResult(value.id, { status: "cancelled", exit_code: undefined });
    await conn.end();
  });
  await using client = await connect(agent.target);
  const run = client.run({ language: "sh", code: "", stdin: { stream: true } });
  const sending = Promise.all([run.write(new Uint8Array(500)), run.closeStdin()]);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await run.cancel();
  assert.equal((await run.result).status, "cancelled");
  await sending; // the run is over: it resolves
});

for (const taken of [101, -1]) {
  Deno.test(
    `run: an agent that has taken ${taken} of 100 bytes is not believed`,
    options,
    async () => {
      await using agent = FakeAgent.start(async (conn) => {
        await conn.takeRun(100);
        await conn.expect("stdin");
        await conn.expect("stdin");
        await conn.send({ type: "stdin", taken });
        await conn.end();
      });
      await using client = await connect(agent.target);
      const run = client.run({ language: "sh", code: "", stdin: { stream: true } });
      await run.write(new Uint8Array(100));
      await assert.rejects(run.result, /Agent broke the protocol/);
    },
  );
}

Deno.test("run: input for a run that asked for none is the caller's mistake", options, async () => {
  await using agent = FakeAgent.start(async (conn) => {
    const { value } = await conn.takeRun();
    await conn.expect("cancel");
    await conn.sendResult(value.id);
    await conn.end();
  });
  await using client = await connect(agent.target);
  const run = client.run({ language: "sh", code: "" });
  await assert.rejects(run.write(new Uint8Array(1)), TypeError);
  await run.cancel();
  await run.result;
});

Deno.test("run: an error about a late message is nobody's error", options, async () => {
  await using agent = FakeAgent.start(async (conn) => {
    const { value } = await conn.takeRun();
    const { value: late } = await conn.expect("stdin");
    await conn.send({ type: "error", code: "bad_request", message: "No run", id: late.id });
    await conn.sendResult(value.id);
    await conn.end();
  });
  await using client = await connect(agent.target);
  const run = client.run({ language: "sh", code: "", stdin: { stream: true } });
  await run.closeStdin();
  assert.equal((await run.result).status, "exited");
});

Deno.test("run: an abort signal cancels", options, async () => {
  await using agent = FakeAgent.start(async (conn) => {
    const { value } = await conn.takeRun();
    await conn.expect("cancel");
    await conn.sendResult(value.id, { status: "cancelled", exit_code: undefined });
    await conn.end();
  });
  await using client = await connect(agent.target);
  const controller = new AbortController();
  const run = client.run({ language: "sh", code: "", signal: controller.signal });
  await run.acked;
  controller.abort();
  assert.equal((await run.result).status, "cancelled");
  assert.throws(() => client.run({ language: "sh", code: "", signal: controller.signal }));
});

Deno.test("run: samples reach their function", options, async () => {
  await using agent = FakeAgent.start(async (conn) => {
    const { value } = await conn.takeRun();
    assert.equal(value.usage, true);
    const usage = { wall_ms: 100, cpu_ms: 50.5, memory_bytes: 4096, processes: 1 };
    await conn.send({ type: "usage", ...usage });
    await conn.sendResult(value.id);
    await conn.end();
  });
  await using client = await connect(agent.target);
  const samples: number[] = [];
  await client.run({ language: "sh", code: "", onUsage: (usage) => samples.push(usage.cpu_ms) })
    .result;
  assert.deepEqual(samples, [50.5]);
});

Deno.test(
  "run: a refused one rejects everything about it, the going one is not touched",
  options,
  async () => {
    await using agent = FakeAgent.start(async (conn) => {
      const first = await conn.takeRun();
      const second = await conn.expect("run");
      const busy = { type: "error", code: "busy", message: "One run at a time" };
      await conn.send({ ...busy, id: second.value.id });
      await conn.send({ type: "stdout", offset: 0, bytes: 1 }, "x");
      await conn.sendResult(first.value.id);
      await conn.end();
    });
    await using client = await connect(agent.target);
    const going = client.run({ language: "sh", code: "", stream: true });
    const refused = client.run({ language: "sh", code: "", stream: true });
    const busy = (error: unknown) => error instanceof RequestError && error.code === "busy";
    await assert.rejects(refused.acked, busy);
    await assert.rejects(refused.result, busy);
    await assert.rejects(async () => {
      for await (const _ of refused);
    }, busy);
    let output = "";
    for await (const { bytes } of going) output += text(bytes);
    assert.equal(output, "x");
  },
);

Deno.test(
  "run: what onUsage throws is the run's failure, and not the connection's",
  options,
  async () => {
    const sample = { type: "usage", wall_ms: 1, cpu_ms: 1, memory_bytes: 1, processes: 1 };
    await using agent = FakeAgent.start(async (conn) => {
      const { value } = await conn.takeRun();
      await conn.send(sample);
      await conn.send(sample);
      await conn.expect("cancel");
      await conn.sendResult(value.id, { status: "cancelled", exit_code: undefined });
      const ping = await conn.expect("ping");
      await conn.send({ type: "pong", id: ping.value.id });
      await conn.end();
    });
    await using client = await connect(agent.target);
    let calls = 0;
    const onUsage = () => {
      calls++;
      throw new Error("the caller's own");
    };
    const run = client.run({ language: "sh", code: "", stream: true, onUsage });
    await assert.rejects(run.result, /the caller's own/);
    await assert.rejects(async () => await Array.fromAsync(run), /the caller's own/);
    assert.equal(calls, 1);
    assert.ok(await client.ping() >= 0);
  },
);

Deno.test("run: a promise of onUsage that rejects is not lost, however late", options, async () => {
  const sample = { type: "usage", wall_ms: 1, cpu_ms: 1, memory_bytes: 1, processes: 1 };
  await using agent = FakeAgent.start(async (conn) => {
    const { value } = await conn.takeRun();
    await conn.send(sample);
    await conn.sendResult(value.id);
    await conn.end();
  });
  await using client = await connect(agent.target);
  const onUsage = async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    throw new Error("the caller's own");
  };
  await assert.rejects(
    client.run({ language: "sh", code: "", onUsage }).result,
    /the caller's own/,
  );
});
