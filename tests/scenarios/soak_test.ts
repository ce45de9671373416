// Thousands of jobs through one agent: every result comes, and nothing grows.
//
// SALLYPORT_SOAK sets how many; the default keeps the whole suite short.

import assert from "node:assert/strict";
import { startAgent } from "../helpers/agent.ts";
import { assertSettles, censusAtRest, residentBytes } from "../helpers/census.ts";
import { connect, runNext } from "../helpers/job.ts";

const jobs = Number(Deno.env.get("SALLYPORT_SOAK") ?? 2000);
/**
 * Number of jobs until the code that every job runs is compiled and its caches are filled, about 12
 * MB. After that, memory goes up and down by 4 MB: old objects are collected every 2,000 jobs (V8's
 * --initial-old-space-size, deno.json).
 */
const warmUp = 1000;

Deno.test(`soak: ${jobs} jobs in a row`, async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  const run = async (number: number) => {
    const job = client.run({
      language: "sh",
      code: `echo ${number}; echo e >&2; : > f; exit ${number % 200}`,
    });
    const result = await job.result;
    assert.equal(result.status, "exited", JSON.stringify(result));
    assert.equal(result.exit_code, number % 200);
    assert.equal(new TextDecoder().decode(result.output.stdout), `${number}\n`);
    assert.equal(result.survivors, 0);
  };
  for (let number = 0; number < warmUp; number++) await run(number);
  await runNext(client, "sh");
  await new Promise((resolve) => setTimeout(resolve, 200));
  const before = await censusAtRest(agent.pid);
  const memory = residentBytes(agent.pid);
  const started = performance.now();
  for (let number = 0; number < jobs; number++) await run(number);
  const each = (performance.now() - started) / jobs;
  await assertSettles(agent.pid, before);
  const after = residentBytes(agent.pid);
  console.log(
    `${jobs} jobs, ${each.toFixed(2)} ms each, memory ${(memory / 1e6).toFixed(1)} MB before, ` +
      `${(after / 1e6).toFixed(1)} MB after`,
  );
  assert.ok(after <= memory * 1.1, `memory grew from ${memory} to ${after} bytes`);
  assert.equal(agent.stderr(), "");
});
