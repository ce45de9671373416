// A client that disconnects, in every state a connection can have: its run is cancelled and nothing
// is left.

import assert from "node:assert/strict";
import { startAgent, waitUntilGone } from "../helpers/agent.ts";
import { assertSettles, censusAtRest, marked } from "../helpers/census.ts";
import { connect, newMark, runNext } from "../helpers/job.ts";
import { Wire } from "../helpers/wire.ts";

type State = (wire: Wire, env: Record<string, string>) => Promise<unknown>;

const sleeper = { type: "run", language: "sh", code: "sleep 60 & sleep 60" };
const talker = { type: "run", language: "sh", code: "while :; do echo aaaaaaaaaaaaaaa; done" };

const states: Record<string, State> = {
  "before it said anything": async () => {},
  "after half a line": (wire) => wire.send('{"type":"run","lang'),
  "after a line whose body never comes": (wire) =>
    wire.say({ type: "run", language: "sh", bytes: 100 }),
  "in the middle of a body": async (wire) => {
    await wire.say({ type: "put", path: "x", bytes: 1_000_000 });
    await wire.send("x".repeat(300_000));
  },
  "right after a request": (wire, env) => wire.say({ ...sleeper, env }),
  "after the acknowledgement": async (wire, env) => {
    await wire.say({ ...sleeper, env });
    await wire.until("ack");
  },
  "while the job runs": async (wire, env) => {
    await wire.say({ ...sleeper, env });
    await new Promise((resolve) => setTimeout(resolve, 200));
  },
  "while output streams": async (wire, env) => {
    await wire.say({ ...talker, env, stream: true });
    await wire.until("stdout");
  },
  "while output waits for it": async (wire, env) => {
    await wire.say({ ...talker, env, stream: true });
    await new Promise((resolve) => setTimeout(resolve, 400));
  },
  "while its input is open": async (wire, env) => {
    await wire.say({ ...sleeper, env, stdin: { stream: true } });
    await wire.until("ack");
    await wire.say({ type: "stdin", bytes: 1000 });
    await wire.send("half");
  },
  "during the grace period": async (wire, env) => {
    await wire.say({ ...sleeper, code: "trap '' TERM; sleep 60; sleep 60", env, timeout_ms: 200 });
    await new Promise((resolve) => setTimeout(resolve, 400));
  },
  "after cancel": async (wire, env) => {
    await wire.say({ ...sleeper, env });
    await wire.until("ack");
    await wire.say({ type: "cancel" });
  },
  "while it owns a sandbox with files": async (wire, env) => {
    await wire.say({ type: "put", path: "mine", bytes: 5 });
    await wire.send("hello");
    await wire.until("done");
    await wire.say({ ...sleeper, code: "cat mine", env, keep: true });
    await wire.until("result");
  },
  "while a file is sent to it": async (wire) => {
    await wire.say({ type: "put", path: "big", bytes: 8_000_000 });
    await wire.send("b".repeat(8_000_000));
    await wire.until("done");
    await wire.say({ type: "get", path: "big" });
    await new Promise((resolve) => setTimeout(resolve, 50));
  },
  "with requests waiting": async (wire, env) => {
    await wire.say({ ...sleeper, env });
    for (let i = 0; i < 20; i++) await wire.say({ ...sleeper, env });
  },
};

Deno.test("vanish: a client that goes away leaves nothing", async (t) => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  await runNext(client, "sh");
  await runNext(client, "sh");
  await new Promise((resolve) => setTimeout(resolve, 300));
  const before = await censusAtRest(agent.pid);
  for (const [name, reach] of Object.entries(states)) {
    await t.step(name, async () => {
      const mark = newMark();
      using wire = await Wire.connect(agent.path);
      await wire.message();
      await reach(wire, { [mark.name]: mark.value });
      wire[Symbol.dispose]();
      // A job that was being started appears a moment later and is ended then.
      await new Promise((resolve) => setTimeout(resolve, 100));
      // A request that was still in transit begins only now.
      await new Promise((resolve) => setTimeout(resolve, 100));
      const end = Date.now() + 4000;
      while (marked(mark.text).length > 0 && Date.now() < end) {
        await waitUntilGone(marked(mark.text), 100);
      }
      assert.deepEqual(marked(mark.text), [], "no process of its job is left");
      await assertSettles(agent.pid, before);
      await runNext(client, "sh");
      await assertSettles(agent.pid, before);
    });
  }
  assert.equal(agent.stderr(), "");
});
