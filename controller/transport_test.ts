// Targets, and the handshake of Firecracker's hybrid sockets.

import assert from "node:assert/strict";
import { connect } from "./client.ts";
import { ConnectionError } from "./errors.ts";
import { describe } from "./transport.ts";
import { parseTarget } from "./target.ts";
import { FakeAgent, ready } from "./testing/fake_agent.ts";

const options = { sanitizeOps: true, sanitizeResources: true };

Deno.test("parseTarget: reads the three forms, colons in paths too", () => {
  const targets = ["unix:/a:b/c", "unix:x", "vsock:3:5000", "firecracker:/run/v:1.sock:5000"];
  for (const target of targets) assert.equal(describe(parseTarget(target)), target);
  assert.deepEqual(parseTarget("firecracker:a:b:7"), { kind: "firecracker", path: "a:b", port: 7 });
});

Deno.test("parseTarget: refuses anything else", () => {
  const wrong = [
    "",
    "unix:",
    "/run/agent.sock",
    "vsock:3",
    "vsock:-1:5",
    "vsock:3:x",
    "vsock:3:5.5",
  ];
  wrong.push(
    "vsock:4294967295:1",
    "vsock:3:99999999999",
    "firecracker:/a",
    "firecracker::1",
    "tcp:a:1",
  );
  for (const target of wrong) assert.throws(() => parseTarget(target), TypeError, target);
});

/** A fake of Firecracker's socket: one line from the client, then `answer`. */
function hybrid(answer: string, asked: string[]): FakeAgent {
  return FakeAgent.bare(async (conn) => {
    // The framing takes the line for a message that is wrong; its error is what we look for.
    await conn.next().catch((error) => asked.push(String(error.rule)));
    if (answer !== "") await conn.raw(answer);
    if (answer.startsWith("OK")) await conn.end();
  });
}

Deno.test(
  "firecracker: after OK the bytes are the agent's, even those in the same packet",
  options,
  async () => {
    await using agent = hybrid(`OK 1073741824\n${JSON.stringify(ready)}\n`, []);
    await using client = await connect(agent.target.replace("unix:", "firecracker:") + ":5000");
    assert.equal(client.agent, ready.agent);
  },
);

Deno.test(
  "firecracker: a port that nobody listens on, or another answer, is a connection error",
  options,
  async () => {
    for (const answer of ["", "ERROR\n", "OK\n", "OK x\n", "x".repeat(5000)]) {
      await using agent = hybrid(answer, []);
      const target = agent.target.replace("unix:", "firecracker:") + ":5000";
      await assert.rejects(connect(target), ConnectionError, answer.slice(0, 20));
    }
  },
);

Deno.test(
  "firecracker: a monitor that says nothing is left when time is over",
  options,
  async () => {
    const left = Promise.withResolvers<boolean>();
    await using agent = FakeAgent.bare(async (conn) => {
      assert.equal(await conn.line(), "CONNECT 5000\n");
      const late = setTimeout(() => left.resolve(false), 5000);
      conn.line().then(() => left.resolve(true), () => {}); // the end, when the client leaves
      await left.promise;
      clearTimeout(late);
    });
    const target = agent.target.replace("unix:", "firecracker:") + ":5000";
    await assert.rejects(
      connect(target, { timeoutMs: 100 }),
      (error) => error instanceof ConnectionError && error.timedOut,
    );
    assert.ok(await left.promise);
  },
);
