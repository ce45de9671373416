// A run for which the agent has no descriptors left says so, and names no other reason.

import assert from "node:assert/strict";
import { scenarios } from "../faults/scenarios.ts";
import { startAgent } from "../helpers/agent.ts";
import { censusAtRest } from "../helpers/census.ts";
import { connect } from "../helpers/job.ts";
import { root, testNeeding } from "../helpers/need.ts";
import { squeezeDescriptors } from "./squeeze.ts";

/** So few that no number is free, however many are closed. */
const NONE = -100;

testNeeding([root], "moments: a run without descriptors for its streams says ENFILE", async () => {
  await using agent = await startAgent();
  await scenarios.hello(agent.target); // the next job is armed for a shell
  await censusAtRest(agent.pid);
  await using client = await connect(agent.target);
  const squeezed = squeezeDescriptors(agent.pid, NONE);
  assert.ok(squeezed !== null);
  // For another language there are new streams.
  const run = client.run({ language: "python", code: "print(1)" });
  const { status, step, errno } = await run.result;
  await squeezed.release();
  assert.deepEqual([status, step, errno], ["failed", "take what the sandbox sent", "ENFILE"]);
  assert.equal(await scenarios.hello(agent.target), "as usual");
});
