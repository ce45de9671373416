// However and whenever the agent is killed, no process of a job outlives it.

import assert from "node:assert/strict";
import { startAgent, waitUntilGone } from "../helpers/agent.ts";
import { descendants, marked } from "../helpers/census.ts";
import { newMark } from "../helpers/job.ts";
import { Wire } from "../helpers/wire.ts";

const jobs = [
  "sleep 60 & sleep 60 & wait",
  "trap '' TERM; while :; do :; done",
  "setsid sh -c 'sleep 60 & sleep 60' & setsid sleep 60 & sleep 60",
  "while :; do sleep 0.1 & sleep 0.02; done",
];

/** Milliseconds after the request. The first few are before the program runs. */
const moments = [0, 0, 1, 1, 2, 3, 5, 8, 20, 60, 150, 400];

Deno.test("kill the agent: at any moment, everything goes with it", async (t) => {
  for (const [round, delayMs] of moments.entries()) {
    await t.step(`SIGKILL ${delayMs} ms after request ${round}`, async () => {
      await using agent = await startAgent();
      const mark = newMark();
      using wire = await Wire.connect(agent.path);
      await wire.message();
      const env = { [mark.name]: mark.value };
      const code = jobs[round % jobs.length];
      await wire.say({ type: "run", language: "sh", code, env, timeout_ms: 20_000 });
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
      // Long after the request, there must be a process to kill, or this would prove nothing.
      if (delayMs >= 60) assert.ok(marked(mark.text).length > 0, "the job runs");
      const family = descendants(agent.pid);
      agent.kill("SIGKILL");
      await agent.status;
      const left = await waitUntilGone(family, 3000);
      assert.deepEqual(left, [], "processes below the agent");
      assert.deepEqual(await waitUntilGone(marked(mark.text), 1000), [], "processes of the job");
    });
  }
});

Deno.test("kill the agent: SIGTERM ends it, and the job with it", async () => {
  await using agent = await startAgent();
  const mark = newMark();
  using wire = await Wire.connect(agent.path);
  await wire.message();
  await wire.say({
    type: "run",
    language: "sh",
    code: jobs[1],
    env: { [mark.name]: mark.value },
  });
  await wire.until("ack");
  agent.kill("SIGTERM");
  await agent.status;
  assert.deepEqual(await waitUntilGone(marked(mark.text), 3000), []);
});
