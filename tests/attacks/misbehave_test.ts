// Programs that misbehave: the status is right, nothing is left, and the next job runs, whatever the
// profile. Everything the agent has is counted before and after.

import assert from "node:assert/strict";
import { startAgent, type TestAgent } from "../helpers/agent.ts";
import { assertSettles, censusAtRest } from "../helpers/census.ts";
import { fixture } from "../helpers/fixture.ts";
import { type Client, connect, runJob, runNext } from "../helpers/job.ts";
import { cc, file, type Need, testNeeding } from "../helpers/need.ts";
import { cases } from "./misbehave_cases.ts";

const programs: Record<string, Need> = {
  py: file("/usr/bin/python3"),
  js: file("/usr/bin/node"),
  sh: file("/bin/sh"),
  c: cc,
};
const needOf = (name: string): Need => programs[name.split(".")[1]];

async function misbehave(
  agent: TestAgent,
  client: Client,
  name: string,
  profile?: string,
): Promise<void> {
  const { options, check } = cases[name];
  const { language, code } = await fixture(`misbehave/${name}`);
  // Run twice: the agent prepares for the language that was requested last.
  await runNext(client, language);
  await runNext(client, language);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const before = await censusAtRest(agent.pid);
  const job = await runJob(client, { language, code, profile, ...options });
  check(job);
  assert.deepEqual(job.left, [], "no process of the job is left when its result comes");
  assert.equal(job.result.survivors, 0);
  await assertSettles(agent.pid, before);
  await runNext(client, language);
  await assertSettles(agent.pid, before);
  assert.equal(agent.stderr(), "", "an agent has nothing to say about a job");
}

for (const name of Object.keys(cases)) {
  testNeeding([needOf(name)], `misbehave: ${name}`, async () => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    await misbehave(agent, client, name);
  });
}

// The ends are the same: what a wider profile allows besides is bounded by the same limits.
for (const profile of ["programs", "workspace"]) {
  Deno.test(`misbehave: all of it under ${profile}`, async (t) => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    const { languages } = await client.info();
    for (const name of Object.keys(cases)) {
      const { language } = await fixture(`misbehave/${name}`);
      const offered = languages.find((each) => each.name === language)?.profiles;
      if (!offered?.includes(profile)) continue;
      await t.step(name, () => misbehave(agent, client, name, profile));
    }
  });
}
