// Clients that do not read the answers they asked for, or send only half a request: they harm
// nobody but themselves.

import assert from "node:assert/strict";
import { startAgent } from "../helpers/agent.ts";
import { assertSettles, censusAtRest, residentBytes } from "../helpers/census.ts";
import { connect, runNext } from "../helpers/job.ts";
import { Wire } from "../helpers/wire.ts";

const MiB = 1 << 20;
/** A job with two MiB of kept output: far more than a socket holds. */
const loud = {
  type: "run",
  language: "sh",
  code: "head -c 1048576 /dev/zero; head -c 1048576 /dev/zero >&2",
};

async function open(path: string): Promise<Wire> {
  const wire = await Wire.connect(path);
  assert.equal((await wire.message())?.type, "ready");
  return wire;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

Deno.test("deaf: seven clients that read no result hold neither the run nor more than their results", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  await runNext(client, "sh");
  await runNext(client, "sh");
  await pause(300); // the agent has prepared the next sandbox
  const before = await censusAtRest(agent.pid);
  const memory = residentBytes(agent.pid);
  const deaf: Wire[] = [];
  for (let index = 0; index < 7; index++) {
    const wire = await open(agent.path);
    await wire.say({ ...loud, id: index });
    await wire.until("ack");
    deaf.push(wire);
    for (let ended = false; !ended;) { // ended, though its client has read nothing
      await pause(20);
      ended = await runNext(client, "sh").then(() => true, () => false);
    }
  }
  // Each client sends more requests without reading: the answers must stay bounded too.
  const pings = Array.from({ length: 2000 }, (_, id) => `{"type":"ping","id":${id}}\n`).join("");
  for (const wire of deaf) await wire.send(pings);
  await runNext(client, "sh");
  const grown = residentBytes(agent.pid) - memory;
  assert.ok(grown < 40 * MiB, `seven unread results cost ${grown} bytes`);
  for (const [index, wire] of deaf.entries()) {
    const { message, body } = await wire.until("result");
    assert.deepEqual([message.id, message.status, body.length], [index, "exited", 2 * MiB]);
    for (let ping = 0; ping < 2000; ping++) {
      assert.deepEqual(await wire.message(), { type: "pong", id: ping });
    }
    wire[Symbol.dispose]();
  }
  await runNext(client, "sh");
  await assertSettles(agent.pid, before);
});

Deno.test("deaf: who resets its connection with a result unread leaves nothing", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  await runNext(client, "sh");
  await runNext(client, "sh");
  await pause(300);
  const before = await censusAtRest(agent.pid);
  for (let round = 0; round < 10; round++) {
    const wire = await open(agent.path);
    // The previous run may still be ending: then the agent is busy.
    for (let said = ""; said !== "ack"; said = (await wire.message())!.type) await wire.say(loud);
    await pause(round * 10);
    wire[Symbol.dispose]();
  }
  await pause(200);
  await runNext(client, "sh");
  await assertSettles(agent.pid, before);
  assert.equal(agent.stderr(), "");
});

Deno.test("deaf: who says nothing more, but listens, still gets its result", async () => {
  await using agent = await startAgent();
  const conn = await Deno.connect({ transport: "unix", path: agent.path });
  await conn.write(
    new TextEncoder().encode('{"type":"run","language":"sh","code":"sleep 0.2; echo heard"}\n'),
  );
  await conn.closeWrite();
  const said = await new Response(conn.readable).text(); // until the agent closes
  assert.match(said, /"type":"result".*"status":"exited"/);
  assert.ok(said.endsWith("heard\n"), said);
});

Deno.test("deaf: seven clients that never end their line leave the eighth alone, and are dropped", async () => {
  await using agent = await startAgent();
  await pause(100);
  await using client = await connect(agent.target);
  const slow = await Promise.all(Array.from({ length: 7 }, () => open(agent.path)));
  for (const wire of slow) await wire.send('{"type":"run","language":"sh","code":"');
  const closed = slow.map((wire) => wire.closes(14_000));
  for (let round = 0; round < 20; round++) {
    await runNext(client, "sh");
    await pause(100);
  }
  // Each sends a byte now and then, which makes no line whole.
  let over = false;
  const all = Promise.all(closed).finally(() => over = true);
  while (!over) {
    for (const wire of slow) await wire.send("x");
    await pause(100);
  }
  assert.deepEqual(await all, slow.map(() => true));
  await runNext(client, "sh");
  for (const wire of slow) wire[Symbol.dispose]();
});
