// The client against a fake agent: what it sends, what it makes of answers, and of an agent that
// misbehaves.

import assert from "node:assert/strict";
import { connect } from "./client.ts";
import { ConnectionError, RequestError } from "./errors.ts";
import { FakeAgent, type FakeConnection } from "./testing/fake_agent.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const options = { sanitizeOps: true, sanitizeResources: true };

Deno.test("connect: waits for ready and knows the agent's version", options, async () => {
  await using agent = FakeAgent.start((conn) => conn.end());
  await using client = await connect(agent.target);
  assert.equal(client.agent, "0.0.0-fake");
});

Deno.test("connect: an agent that is full is a refused request", options, async () => {
  await using agent = FakeAgent.bare((conn) =>
    conn.send({ type: "error", code: "busy", message: "Cannot serve more than 8 connections" })
  );
  await assert.rejects(
    connect(agent.target),
    (error) => error instanceof RequestError && error.code === "busy",
  );
});

Deno.test("connect: nobody listens", options, async () => {
  await assert.rejects(
    connect("unix:/nonexistent/agent.sock"),
    (error) => error instanceof ConnectionError && /no such socket.*ENOENT/.test(error.message),
  );
});

Deno.test(
  "connect: another protocol, no protocol, silence and an end are connection errors",
  options,
  async () => {
    const said = ['{"type":"ready","protocol":2,"agent":"x"}\n', "SSH-2.0-OpenSSH_9.2\n", null, ""];
    for (const first of said) {
      await using agent = FakeAgent.bare(async (conn) => {
        if (first !== null) await conn.raw(first);
        if (first === null) await conn.end();
      });
      await assert.rejects(connect(agent.target, { timeoutMs: 100 }), ConnectionError, `${first}`);
    }
  },
);

Deno.test("client: put sends a body and waits for done", options, async () => {
  await using agent = FakeAgent.start(async (conn) => {
    const { value, body } = await conn.expect("put");
    assert.deepEqual([value.path, value.mode, value.bytes], ["a/b", 0o600, 6]);
    assert.equal(text(body), "héllo");
    await conn.send({ type: "done", id: value.id });
    await conn.end();
  });
  await using client = await connect(agent.target);
  await client.put("a/b", "héllo", { mode: 0o600 });
});

Deno.test("client: get gives the bytes that follow, also none", options, async () => {
  await using agent = FakeAgent.start(async (conn) => {
    for (const content of ["{}\n{}\n", ""]) {
      const { value } = await conn.expect("get");
      await conn.send({ type: "file", id: value.id, path: "f", bytes: content.length }, content);
    }
    await conn.end();
  });
  await using client = await connect(agent.target);
  assert.equal(text(await client.get("f")), "{}\n{}\n");
  assert.equal((await client.get("f")).length, 0);
});

Deno.test("client: list, reset, ping and info give what the agent says", options, async () => {
  const entries = [{ name: "a", kind: "file", size: 3, mode: 0o644 }];
  const info = {
    agent: "1",
    protocol: 1,
    languages: [{ name: "sh", level: "bare", profiles: ["strict"] }],
    limits: { grace_ms: 5, timeout_ms: { default: 1, max: 2 } },
    hardening: [{ layer: "landlock", on: false, why: "no kernel support" }],
  };
  const resets: Record<string, unknown>[] = [];
  await using agent = FakeAgent.start(async (conn) => {
    const answers = [{ type: "files", entries }, { type: "done" }, { type: "done" }, {
      type: "pong",
    }, {
      type: "info",
      ...info,
    }];
    for (const answer of answers) {
      const { value } = (await conn.next())!;
      await conn.send({ ...answer, id: value.id });
      if (value.type === "reset") resets.push(value);
    }
    await conn.end();
  });
  await using client = await connect(agent.target);
  assert.deepEqual(await client.list(), entries);
  await client.reset();
  await client.reset({ restored: true });
  assert(await client.ping() >= 0);
  assert.deepEqual((await client.info()).hardening, info.hardening);
  assert.deepEqual(Object.keys(resets[0]).sort(), ["id", "type"]);
  assert(Math.abs(Number(resets[1].time_ms) - Date.now()) < 10_000);
  assert.match(String(resets[1].seed), /^[0-9a-f]{64}$/);
});

const entry = { name: "a", kind: "file", size: 3, mode: 0o644 };

/** Answers every `list` with what `page` makes of its number. */
const listing = (page: (number: number) => object) => async (conn: FakeConnection) => {
  for (let number = 0;; number++) {
    const request = await conn.next().catch(() => null);
    if (request === null) return;
    await conn.send({ type: "files", id: request.value.id, ...page(number) }).catch(() => {});
  }
};

Deno.test("client: a list that would not end is the agent's fault", options, async () => {
  const endless: [RegExp, (number: number) => object][] = [
    [/its cursor came before/, () => ({ entries: [entry], cursor: "1:" })],
    [/its cursor came before/, (number) => ({ entries: [entry], cursor: `${number % 3}:` })],
    [/it is empty, and yet there is more/, (number) => ({ entries: [], cursor: `${number}:` })],
  ];
  for (const [says, page] of endless) {
    await using agent = FakeAgent.start(listing(page));
    await using client = await connect(agent.target);
    await assert.rejects(
      client.list(),
      (error) =>
        error instanceof ConnectionError && error.problem === "protocol" &&
        says.test(error.message),
    );
    await assert.rejects(client.ping(), ConnectionError);
  }
});

Deno.test("client: listPages asks for a page only when it is wanted", options, async () => {
  let asked = 0;
  await using agent = FakeAgent.start(listing((number) => {
    asked++;
    return { entries: [{ ...entry, name: `${9 - number}` }], cursor: `${number}:` };
  }));
  await using client = await connect(agent.target);
  const names: string[] = [];
  for await (const page of client.listPages("d", { recursive: true })) {
    for (const { name } of page) names.push(name);
    if (names.length === 3) break;
  }
  assert.deepEqual([names, asked], [["9", "8", "7"], 3]);
});

Deno.test(
  "client: a refused request has the code and the field, and the next one works",
  options,
  async () => {
    await using agent = FakeAgent.start(async (conn) => {
      const { value } = await conn.expect("get");
      const error = { type: "error", code: "forbidden_path", message: "No", field: "path" };
      await conn.send({ ...error, id: value.id });
      await conn.send({ type: "pong", id: (await conn.expect("ping")).value.id });
      await conn.end();
    });
    await using client = await connect(agent.target);
    await assert.rejects(
      client.get("../x"),
      (error) =>
        error instanceof RequestError && error.code === "forbidden_path" && error.field === "path",
    );
    await client.ping();
  },
);

Deno.test("client: answers that come out of order find their requests", options, async () => {
  await using agent = FakeAgent.start(async (conn) => {
    const first = await conn.expect("get");
    const second = await conn.expect("get");
    for (const { value } of [second, first]) {
      await conn.send({ type: "file", id: value.id, path: "x", bytes: 1 }, `${value.path}`);
    }
    await conn.end();
  });
  await using client = await connect(agent.target);
  const [a, b] = await Promise.all([client.get("a"), client.get("b")]);
  assert.deepEqual([text(a), text(b)], ["a", "b"]);
});

Deno.test(
  "client: a connection that dies rejects everything that is pending",
  options,
  async () => {
    await using agent = FakeAgent.start(async (conn) => {
      const { value } = await conn.takeRun();
      await conn.expect("ping");
      const request = await conn.expect("get");
      await conn.send({ type: "file", id: request.value.id, path: "x", bytes: 100 }, "half");
      await conn.send({ type: "stdout", offset: 0, bytes: 9, id: value.id }).catch(() => {});
    });
    await using client = await connect(agent.target);
    const run = client.run({ language: "sh", code: "", stream: true });
    await run.acked;
    const pending = [
      client.ping(),
      client.get("x"),
      run.result,
      (async () => {
        for await (const _ of run);
      })(),
    ];
    for (const outcome of await Promise.allSettled(pending)) {
      assert(outcome.status === "rejected" && outcome.reason instanceof ConnectionError);
    }
    await assert.rejects(client.ping(), ConnectionError);
  },
);

Deno.test("client: an agent that breaks the protocol loses the connection", options, async () => {
  const lines = [
    "not JSON\n",
    '{"type":"pong","id":77}\n',
    '{"type":"pong"}\n',
    '{"type":"stdout","offset":0,"bytes":1}\nx',
    '{"type":"usage","wall_ms":1,"cpu_ms":1,"memory_bytes":1,"processes":1}\n',
    '{"type":"done","id":1}\n',
    '{"type":"ack","id":1}\n{"type":"done","id":1}\n',
    '{"type":"ready","protocol":1,"agent":"again"}\n',
    '{"type":"file","id":0,"path":"x","bytes":1}\nx',
    '{"type":"pong","id":0}\n',
    '{"type":"pong","id":1,"more":true}\n',
    '{"type":"files","id":1,"entries":[],"bytes":1e9}\n',
    '{"type":"error","code":"no_such_code","message":"x","id":1}\n',
    `${"x".repeat(2 << 20)}\n`,
  ];
  for (const line of lines) {
    await using agent = FakeAgent.start(async (conn) => {
      await conn.next();
      await conn.raw(line).catch(() => {});
      await conn.end().catch(() => {});
    });
    await using client = await connect(agent.target);
    await assert.rejects(client.ping(), ConnectionError, line.slice(0, 60));
  }
});

Deno.test("client: closing while a write is stuck ends at once", options, async () => {
  const stop = Promise.withResolvers<void>();
  await using agent = FakeAgent.start(() => stop.promise);
  const client = await connect(agent.target);
  const put = client.put("big", new Uint8Array(8 << 20));
  const started = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const closing = client.close();
  await assert.rejects(put, ConnectionError);
  assert(performance.now() - started < 2000);
  stop.resolve();
  await closing;
});

Deno.test("client: a request that JSON cannot say fails by itself", options, async () => {
  await using agent = FakeAgent.start(async (conn) => {
    const { value } = await conn.expect("ping");
    await conn.send({ type: "pong", id: value.id });
    await conn.end();
  });
  await using client = await connect(agent.target);
  const env = { N: 1n as unknown as string };
  await assert.rejects(client.run({ language: "sh", code: "", env }).result, TypeError);
  await assert.rejects(client.put("x", "", { mode: 1n as unknown as number }), TypeError);
  assert.ok(await client.ping() >= 0);
});
