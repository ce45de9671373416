// A second client while one runs: refused at once, or in line for as long as it said.

import assert from "node:assert/strict";
import { startAgent } from "../helpers/agent.ts";
import { connect, runJob, text } from "../helpers/job.ts";
import { Wire } from "../helpers/wire.ts";

const sh = (code: string, more = {}) => ({ language: "sh", code, ...more });

Deno.test("waiting: those who wait are served in the order in which they came", async () => {
  await using agent = await startAgent();
  await using first = await connect(agent.target);
  const long = first.run(sh("sleep 0.4"));
  await long.acked;
  const clients = await Promise.all([0, 1, 2, 3].map(() => connect(agent.target)));
  try {
    const ended: number[] = [];
    const jobs = [];
    for (const [index, client] of clients.entries()) {
      const job = runJob(client, sh(`echo ${index}`, { wait_ms: 10_000 }));
      jobs.push(job.then(({ result, stdout }) => {
        ended.push(index);
        assert.equal(text(stdout), `${index}\n`);
        assert.ok(result.timing.wait_ms! > 50, `waited ${result.timing.wait_ms} ms`);
        assert.ok(result.timing.ack_ms! < 50, "the time in line is no part of the acknowledgement");
      }));
      await client.ping(); // its request is in line: the agent answers while it waits
    }
    await Promise.all(jobs);
    assert.deepEqual(ended, [0, 1, 2, 3]);
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
});

Deno.test("waiting: without wait_ms busy at once, with it busy after that time", async () => {
  await using agent = await startAgent();
  await using first = await connect(agent.target);
  await using second = await connect(agent.target);
  const long = first.run(sh("sleep 5"));
  await long.acked;
  await assert.rejects(second.run(sh("")).result, { code: "busy", message: /already running/ });
  const start = performance.now();
  await assert.rejects(second.run(sh("", { wait_ms: 200 })).result, {
    code: "busy",
    message: /still running something after 200 ms/,
  });
  const took = performance.now() - start;
  assert.ok(took >= 199 && took < 2000, `${took} ms`);
  await assert.rejects(first.run(sh("", { wait_ms: 1000 })).result, { code: "busy" });
  await long.cancel();
  assert.equal((await long.result).status, "cancelled");
  assert.equal((await second.run(sh("", { wait_ms: 1000 })).result).status, "exited");
});

Deno.test("waiting: a client that cancels, or goes, leaves the line; files wait as well", async () => {
  await using agent = await startAgent();
  await using first = await connect(agent.target);
  const long = first.run(sh("sleep 0.6"));
  await long.acked;
  using gone = await Wire.connect(agent.path);
  await gone.message();
  await gone.say({ type: "run", language: "sh", code: "echo gone", wait_ms: 10_000 });
  await gone.say({ type: "get", path: "x" });
  assert.equal((await gone.message())?.code, "busy", "its own files are not there yet");
  gone[Symbol.dispose]();
  await using second = await connect(agent.target);
  const cancelled = second.run(sh("echo cancelled", { wait_ms: 10_000 }));
  cancelled.acked.catch(() => {});
  await second.ping();
  await cancelled.cancel();
  await assert.rejects(cancelled.result, {
    code: "busy",
    message: /was cancelled while it waited/,
  });
  await using third = await connect(agent.target);
  const { stdout } = await runJob(third, sh("echo third", { wait_ms: 10_000 }));
  assert.equal(text(stdout), "third\n");
  assert.equal((await long.result).status, "exited");
});
