// Clients that hold on: they take every connection and do nothing with it. They make room for the
// next one, and one peer cannot take all places. Without the rules, the same attack holds them all.

import assert from "node:assert/strict";
import { startAgent, type TestAgent } from "../helpers/agent.ts";
import { connect, runNext } from "../helpers/job.ts";
import { file, root, testNeeding } from "../helpers/need.ts";
import { Wire } from "../helpers/wire.ts";

/** The connections that one peer may have. */
const MOST = 8;
/** Whoever waits for less was served at once, also on a slow machine. */
const AT_ONCE_MS = 5000;
const grudging = "tests/helpers/grudging_agent.ts";
const brisk = "tests/helpers/brisk_agent.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What the agent says first on a new connection: "ready", or the code of its error. */
async function greeting(wire: Wire): Promise<string> {
  const message = await wire.message();
  return message?.type === "error" ? message.code : String(message?.type);
}

/** Takes all places of one peer, each with what `hold` does. */
async function takeAll(agent: TestAgent, hold: (wire: Wire) => unknown): Promise<Wire[]> {
  const wires: Wire[] = [];
  while (wires.length < MOST) {
    const wire = await Wire.connect(agent.path);
    if (await greeting(wire) === "ready") wires.push(wire); // the one before may still be leaving
    else wire[Symbol.dispose]();
  }
  for (const wire of wires) await hold(wire);
  return wires;
}

const leave = (wires: readonly Wire[]) => wires.forEach((wire) => wire[Symbol.dispose]());

async function ping(wire: Wire): Promise<void> {
  await wire.say({ type: "ping", id: 1 });
  assert.deepEqual(await wire.message(), { type: "pong", id: 1 });
}

/** Connects again and again until it is served. */
async function served(agent: TestAgent, between: () => Promise<unknown>): Promise<Wire> {
  for (;;) {
    await between();
    const wire = await Wire.connect(agent.path);
    if (await greeting(wire) === "ready") return wire;
    wire[Symbol.dispose]();
    await pause(50);
  }
}

const holds: Readonly<Record<string, (wire: Wire) => unknown>> = {
  "nothing": () => {},
  "half a line": (wire) => wire.send('{"type":"run","language":"sh","code":"'),
  "nonsense": (wire) => wire.send("nonsense\n".repeat(3)),
};

for (const [what, hold] of Object.entries(holds)) {
  Deno.test(`holding on: eight connections that say ${what} make room at once`, async () => {
    await using agent = await startAgent();
    const wires = await takeAll(agent, hold);
    const start = performance.now();
    await using client = await connect(agent.target);
    await runNext(client, "sh");
    assert.ok(performance.now() - start < AT_ONCE_MS);
    const last = await wires[0].until("error");
    while (last.message.id !== undefined || last.message.code !== "busy") {
      Object.assign(last, await wires[0].until("error"));
    }
    assert.ok(await wires[0].closes(1000), "the oldest one made room");
    await ping(
      await Wire.connect(agent.path).then(async (wire) => {
        assert.equal(await greeting(wire), "ready");
        wires.push(wire);
        return wire;
      }),
    );
    leave(wires);
  });

  Deno.test(`holding on: without the rule, eight that say ${what} hold all places`, async () => {
    await using agent = await startAgent({ entry: grudging });
    const wires = await takeAll(agent, hold);
    using next = await Wire.connect(agent.path);
    assert.equal(await greeting(next), "busy");
    leave(wires);
  });
}

Deno.test("holding on: who asked and fell silent makes room, who pings keeps its place", async () => {
  await using agent = await startAgent({ entry: brisk });
  const wires = await takeAll(agent, ping);
  const silent = wires[3];
  const others = wires.filter((wire) => wire !== silent);
  const pingAll = async () => {
    for (const wire of others) await ping(wire);
  };
  using next = await served(agent, pingAll);
  assert.equal((await silent.message())?.code, "busy");
  assert.equal(await silent.message(), null);
  await pingAll();
  await ping(next);
  leave(wires);
});

Deno.test("holding on: who does not read its answers makes room", async () => {
  await using agent = await startAgent({ entry: brisk });
  const wires = await takeAll(agent, ping);
  const [deaf, ...others] = wires;
  for (let round = 0; round < 200; round++) await deaf.send('{"type":"info"}\n'.repeat(10));
  using next = await served(agent, async () => {
    for (const wire of others) await ping(wire);
  });
  await ping(next);
  assert.ok(await deaf.closes(AT_ONCE_MS));
  leave(wires);
});

Deno.test("holding on: a run in progress, or one in line, is never idle", async () => {
  await using agent = await startAgent({ entry: brisk });
  const wires = await takeAll(agent, ping);
  const [running, waiting, ...others] = wires;
  const run = { type: "run", language: "sh", stdin: { stream: true }, timeout_ms: 20_000 };
  await running.say({ ...run, id: "a", code: "read x; echo $x" });
  await running.until("ack");
  await waiting.say({ ...run, id: "b", code: "read x; echo $x", wait_ms: 20_000 });
  // The others keep their places, and many ask for one for longer than an idle client keeps it.
  for (const end = Date.now() + 1500; Date.now() < end;) {
    for (const wire of others) await ping(wire);
    using next = await Wire.connect(agent.path);
    await greeting(next);
  }
  for (const wire of [running, waiting]) {
    await wire.say({ type: "stdin", bytes: 3 }, new TextEncoder().encode("in\n"));
    const { message, body } = await wire.until("result");
    assert.equal(message.status, "exited");
    assert.equal(new TextDecoder().decode(body), "in\n");
    if (wire === running) await waiting.until("ack");
  }
  leave(wires);
});

/** Takes what places it can as another user, and keeps them by asking. Says how many it has. */
const greedy = `
import os, socket, sys, time
os.setgid(65533); os.setuid(65533)
held = []
for _ in range(20):
    s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
    if b"ready" in s.recv(1000):
        s.sendall(b'{"type":"ping"}\\n'); s.recv(1000)
        held.append(s)
print(len(held), flush=True)
sys.stdin.read()
`;

for (const [entry, code, least] of [[undefined, "ready", MOST], [grudging, "busy", 1]] as const) {
  const name = entry === undefined
    ? "one user cannot take all places"
    : "without the rule, one user takes all places";
  testNeeding([root, file("/usr/bin/python3")], `holding on: ${name}`, async () => {
    await using agent = await startAgent({ entry });
    await Deno.chmod(agent.path, 0o777);
    const child = new Deno.Command("/usr/bin/python3", {
      args: ["-c", greedy, agent.path],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    const { value } = await reader.read();
    const held = Number(new TextDecoder().decode(value));
    assert.ok(held >= least && held <= MOST, `${held} places`);
    using wire = await Wire.connect(agent.path);
    assert.equal(await greeting(wire), code);
    await child.stdin.close();
    await child.status;
    await reader.cancel();
  });
}
