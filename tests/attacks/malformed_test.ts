// A malformed request is answered once or ends its connection, and it never costs the agent
// anything.

import assert from "node:assert/strict";
import { startAgent } from "../helpers/agent.ts";
import { assertSettles, censusAtRest, residentBytes } from "../helpers/census.ts";
import { connect, runNext } from "../helpers/job.ts";
import { Wire } from "../helpers/wire.ts";
import { malformed } from "./malformed_cases.ts";

async function open(path: string): Promise<Wire> {
  const wire = await Wire.connect(path);
  assert.equal((await wire.message())?.type, "ready");
  return wire;
}

async function alive(wire: Wire): Promise<void> {
  await wire.say({ type: "ping", id: "alive" });
  assert.deepEqual(await wire.message(), { type: "pong", id: "alive" });
}

Deno.test(`malformed: ${malformed.length} requests, each answered as the protocol says`, async (t) => {
  await using agent = await startAgent();
  {
    await using client = await connect(agent.target);
    await runNext(client, "sh");
  }
  await new Promise((resolve) => setTimeout(resolve, 300)); // its sandbox is removed
  const before = await censusAtRest(agent.pid);
  for (const { name, send, code, field, closes } of malformed) {
    await t.step(name, async () => {
      using wire = await open(agent.path);
      await wire.send(send);
      const answer = await wire.message();
      assert.equal(answer?.type, "error", JSON.stringify(answer));
      assert.equal(answer.code, code, JSON.stringify(answer));
      if (field !== undefined) assert.equal(answer.field, field, JSON.stringify(answer));
      assert.ok(JSON.stringify(answer).length < 1000, "an error does not grow with the request");
      if (closes) assert.ok(await wire.closes(2000), "the connection is closed");
      else await alive(wire);
    });
  }
  await assertSettles(agent.pid, before);
  await using client = await connect(agent.target);
  await runNext(client, "sh");
  assert.equal(agent.stderr(), "");
});

Deno.test("malformed: the id of a wrong request comes back", async () => {
  await using agent = await startAgent();
  using wire = await open(agent.path);
  await wire.say({ type: "run", id: "mine", language: "cobol", code: "x" });
  assert.equal((await wire.message())?.id, "mine");
});

Deno.test("malformed: 10,000 of them cost neither memory nor descriptors", async () => {
  await using agent = await startAgent();
  using wire = await open(agent.path);
  const lines = malformed.filter(({ closes, send }) => !closes && send.length < 4096);
  const joined = lines.map(({ send }) =>
    typeof send === "string" ? new TextEncoder().encode(send) : send
  );
  const all = new Uint8Array(joined.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of joined) {
    all.set(part, at);
    at += part.length;
  }
  async function rounds(requests: number): Promise<number> {
    let done = 0;
    for (; done < requests; done += lines.length) {
      const sending = wire.send(all);
      for (const { name } of lines) {
        assert.equal((await wire.message())?.type, "error", name);
      }
      assert.ok(await sending);
    }
    return done;
  }
  await rounds(3000);
  const before = await censusAtRest(agent.pid);
  const memory = residentBytes(agent.pid);
  const sent = await rounds(10_000);
  assert.ok(sent >= 10_000);
  await assertSettles(agent.pid, before);
  const grown = residentBytes(agent.pid) - memory;
  assert.ok(grown < 0.1 * memory, `grew by ${grown} of ${memory} bytes`);
  await alive(wire);
});

Deno.test("malformed: half a line, then silence, ends the connection after ten seconds", async () => {
  await using agent = await startAgent();
  using half = await open(agent.path);
  using body = await open(agent.path);
  using idle = await open(agent.path);
  const started = Date.now();
  await half.send('{"type":"pi');
  await body.say({ type: "put", path: "never", bytes: 1000 });
  await body.send("only this");
  const [first, second] = await Promise.all([half.closes(14_000), body.closes(14_000)]);
  const seconds = (Date.now() - started) / 1000;
  assert.ok(first, "half a line");
  assert.ok(second, "half a body");
  assert.ok(seconds > 8 && seconds < 14, `closed after ${seconds} s`);
  await alive(idle);
});

Deno.test("malformed: one byte at a time is as good as all at once", async () => {
  await using agent = await startAgent();
  using wire = await open(agent.path);
  for (const character of '{"type":"ping","id":1}\n') await wire.send(character);
  assert.deepEqual(await wire.message(), { type: "pong", id: 1 });
});

Deno.test("malformed: the ninth connection is told busy and closed", async () => {
  await using agent = await startAgent();
  // The connection that saw the agent ready must be gone first.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const before = await censusAtRest(agent.pid);
  const eight = await Promise.all(Array.from({ length: 8 }, () => open(agent.path)));
  for (const wire of eight) await alive(wire); // so it is not idle
  using ninth = await Wire.connect(agent.path);
  let answer = await ninth.message();
  if (answer?.type === "ready") answer = await ninth.message();
  assert.equal(answer?.type, "error");
  assert.equal(answer.code, "busy");
  assert.ok(await ninth.closes(2000));
  for (const wire of eight) await alive(wire);
  for (const wire of eight) wire[Symbol.dispose]();
  await assertSettles(agent.pid, before);
  using again = await open(agent.path);
  await alive(again);
});
