import assert from "node:assert/strict";
import { connect, ConnectionError } from "../client.ts";
import { FakeAgent } from "../testing/fake_agent.ts";
import { AgentSession } from "./agent_session.ts";

const info = { agent: "1", protocol: 1, languages: [], limits: {}, hardening: [] };

Deno.test("AgentSession: an agent that never ends a cancelled call holds no other up", async () => {
  await using agent = FakeAgent.start(async (conn) => {
    for (let received; (received = await conn.next()) !== null;) {
      const { type, id } = received.value;
      if (type === "info") await conn.send({ type, id, ...info });
      if (type === "ping") await conn.send({ type: "pong", id });
      if (type === "run") await conn.send({ type: "ack", id }); // and nothing else, ever
    }
  });
  await using session = await AgentSession.begin(() => connect(agent.target), 50);
  const cancel = new AbortController();
  const stuck = session.use(cancel.signal, async (client) => {
    const run = client.run({ language: "sh", code: "", signal: cancel.signal });
    await run.acked;
    cancel.abort();
    return await run.result;
  });
  const next = session.use(new AbortController().signal, (client) => client.ping());
  await assert.rejects(stuck, ConnectionError);
  assert((await next).value >= 0);
});
