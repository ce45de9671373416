// A sample of the moments: whatever happens to whichever process, every request is told, the agent
// goes on or ends with one line, and nothing is left. `deno task moments` has more of them.

import assert from "node:assert/strict";
import { root, testNeeding } from "../helpers/need.ts";
import { Campaign } from "./campaign.ts";
import { report } from "./report.ts";
import { type Kind, momentOf, named, type Victim, victims } from "./moment.ts";
import { isExcused } from "./judge.ts";
import type { Ending } from "./ending.ts";

const SAMPLE_MS = 8000;
const seed = Number(Deno.env.get("SALLYPORT_SEED") ?? Math.floor(Math.random() * 1e6));

testNeeding([root], "moments: a sample of what can happen to whom, at any time", async () => {
  await using campaign = new Campaign();
  const outcomes = [];
  const end = performance.now() + SAMPLE_MS;
  for (let number = 0; number === 0 || performance.now() < end; number++) {
    const outcome = await campaign.try(momentOf(seed, number));
    outcomes.push(outcome);
    const { moment, surprise } = outcome;
    assert.equal(surprise, undefined, `seed ${seed}, ${named(moment)}: ${surprise}`);
  }
  console.log([`seed ${seed}`, ...report(outcomes)].join("\n"));
});

Deno.test("moments: the same seed and number give the same moment", () => {
  const { random: _, ...moment } = momentOf(7, 12);
  const { random: __, ...again } = momentOf(7, 12);
  assert.deepEqual(moment, again);
  const of = new Set(Array.from({ length: 10 }, (_, number) => momentOf(7, number).victim));
  assert.deepEqual([...of].sort(), [...victims].sort());
});

Deno.test("moments: what a moment excuses, and what none does", () => {
  const excused = (victim: Victim, kind: Kind, ended: boolean, ending: Omit<Ending, "what">) =>
    isExcused({ what: "a request", ...ending }, { victim, kind, ended });
  for (const victim of victims) {
    assert.ok(!excused(victim, "kill", true, { how: "wrong", detail: "another output" }));
    assert.ok(!excused(victim, "stop", false, { how: "failed", detail: "a step: EPIPE" }));
    assert.ok(!excused(victim, "memory", false, { how: "lost after it began" }));
    assert.ok(excused(victim, "stop", false, { how: "refused", detail: "busy" }));
  }
  assert.ok(excused("runner", "kill", false, { how: "failed", detail: "a step: EPIPE" }));
  assert.ok(excused("agent", "kill", true, { how: "lost after it began" }));
  assert.ok(!excused("keeper", "disk", false, { how: "failed", detail: "a step: EPIPE" }));
  assert.ok(excused("keeper", "disk", false, { how: "refused", detail: "no_space" }));
});
