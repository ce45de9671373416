// A sample of faults in the calls of the agent's process as the kernel sees them.
// `deno task faults agent-strace` tries them all.

import assert from "node:assert/strict";
import { root, testNeeding } from "../helpers/need.ts";
import { seededRandom } from "../helpers/seeded.ts";
import {
  TracedCampaign,
  type TracedFault,
  tracedFaults,
  type TracedOutcome,
  tracedStart,
  tryTracedStart,
} from "./traced.ts";
import { strace } from "./tracer.ts";

const random = seededRandom(Number(Deno.env.get("SALLYPORT_SEED") ?? 1));

function assertNoSurprise(outcomes: readonly TracedOutcome[]): void {
  const surprises = outcomes.filter(({ surprise }) => surprise !== undefined)
    .map(({ name, surprise }) => `${name}: ${surprise}`);
  assert.deepEqual(surprises, []);
  assert.ok(outcomes.some(({ kind }) => kind !== "not reached"), "none of them has happened");
}

testNeeding(
  [root, strace],
  "faults: a sample of the agent's calls at a start, by strace",
  async () => {
    const all = tracedFaults(await tracedStart());
    const calls = new Set(all.map(({ call }) => call));
    for (const call of ["socketpair", "epoll_create1", "prctl", "setresuid", "sendto", "recvmsg"]) {
      assert.ok(calls.has(call), `${call} is seen`);
    }
    const outcomes: TracedOutcome[] = [];
    for (const fault of random.sample(all, 3)) outcomes.push(await tryTracedStart(fault));
    assertNoSurprise(outcomes);
  },
);

for (const [scenario, count] of [["hello", 6]] as const) {
  testNeeding(
    [root, strace],
    `faults: a sample of the agent's calls in "${scenario}", by strace`,
    async () => {
      await using campaign = new TracedCampaign();
      const all: TracedFault[] = tracedFaults(await campaign.look(scenario));
      const outcomes: TracedOutcome[] = [];
      for (const fault of random.sample(all, count)) {
        outcomes.push(await campaign.try(scenario, fault));
      }
      assertNoSurprise(outcomes);
    },
  );
}
