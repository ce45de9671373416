// A sample of the faults: whatever fails once, the client is told, and the agent goes on or ends.

import assert from "node:assert/strict";
import { root, testNeeding } from "../helpers/need.ts";
import { Campaign, type Outcome, tryStart } from "./campaign.ts";
import type { Fault } from "./fault.ts";
import { faultsOf, type NamedFault } from "./points.ts";
import { seededRandom } from "../helpers/seeded.ts";
import { seenAtStart } from "./subject.ts";

const random = seededRandom(Number(Deno.env.get("SALLYPORT_SEED") ?? 1));

function assertNoSurprise(outcomes: readonly Outcome[]): void {
  const surprises = outcomes.filter(({ surprise }) => surprise !== undefined)
    .map(({ fault, surprise }) => `${fault.name}: ${surprise}`);
  assert.deepEqual(surprises, []);
}

async function sample(scenario: string, count: number): Promise<Outcome[]> {
  await using campaign = new Campaign();
  const faults = random.sample(faultsOf(await campaign.look(scenario)), count);
  const outcomes: Outcome[] = [];
  for (const fault of faults) outcomes.push(await campaign.try(scenario, fault));
  return outcomes;
}

testNeeding([root], "faults: a sample of what can fail at a start", async () => {
  const faults = random.sample(faultsOf(await seenAtStart()), 8);
  const outcomes: Outcome[] = [];
  for (const fault of faults) outcomes.push(await tryStart(fault));
  assertNoSurprise(outcomes);
});

for (const scenario of ["hello", "waiting interpreter", "put and get", "kept sandbox"]) {
  testNeeding([root], `faults: a sample of what can fail in "${scenario}"`, async () => {
    assertNoSurprise(await sample(scenario, 8));
  });
}

/** One call of the agent that fails, by its name. */
const call = (name: string, nth: number, errno: number): NamedFault => {
  const fault: Fault = { point: { by: "agent", call: name, nth }, act: { kind: "errno", errno } };
  return { fault, name: `${name} #${nth}` };
};

testNeeding(
  [root],
  "faults: a connection that cannot be accepted for want of descriptors waits",
  async () => {
    const EMFILE = 24;
    await using campaign = new Campaign();
    await campaign.look("hello");
    const outcome = await campaign.try("hello", call("accept4", 1, EMFILE));
    assert.deepEqual([outcome.kind, outcome.surprise], ["as usual", undefined]);
  },
);

testNeeding(
  [root],
  "faults: a job whose program cannot be sent fails at once, and says so",
  async () => {
    const ENOBUFS = 105;
    await using campaign = new Campaign();
    await campaign.look("hello");
    const kinds = new Set<string>();
    for (let nth = 1; nth <= 8; nth++) {
      const outcome = await campaign.try("hello", call("send", nth, ENOBUFS));
      assert.equal(outcome.surprise, undefined, outcome.fault.name);
      kinds.add(outcome.kind);
    }
    assert.ok(kinds.has("result says failed"), [...kinds].join(", "));
  },
);

testNeeding(
  [root],
  "faults: output that could not be read is not lost without a word",
  async () => {
    const ENOMEM = 12;
    await using campaign = new Campaign();
    await campaign.look("hello");
    const kinds = new Set<string>();
    for (let nth = 1; nth <= 6; nth++) {
      const outcome = await campaign.try("hello", call("read", nth, ENOMEM));
      assert.equal(outcome.surprise, undefined, outcome.fault.name);
      kinds.add(outcome.kind);
    }
    assert.ok(kinds.has("result says failed"), [...kinds].join(", "));
  },
);
