// A file that could be written only in part: the job does not begin, and its result names the step.

import assert from "node:assert/strict";
import { root, testNeeding } from "../helpers/need.ts";
import { Campaign, tryStart } from "./campaign.ts";
import type { Fault, Seen } from "./fault.ts";
import { seenAtStart } from "./subject.ts";

/** The write of the first program that has both steps, made with half of its bytes. */
function halved({ programs }: Seen, step: string, beside = step): Fault {
  const program = programs.find(({ steps }) =>
    [step, beside].every((one) => steps.some(({ name }) => name === one))
  );
  assert.ok(program !== undefined, `no program has "${step}" and "${beside}"`);
  const row = program.steps.findIndex(({ name }) => name === step);
  return { point: { by: "launcher", program: program.id, row, nth: 1 }, act: { kind: "short" } };
}

const cases = [
  // In a job before its program; by the keeper for a waiting interpreter; its boot program, ahead.
  ["hello", "write the code", "run the program", "result says failed"],
  ["waiting interpreter", "write the code", "report to the agent", "result says failed"],
  ["waiting interpreter", "write the code", "keep the socket for the boot program", "as usual"],
] as const;

for (const scenario of ["hello", "waiting interpreter"] as const) {
  testNeeding([root], `faults: half of what is written for a job in "${scenario}"`, async () => {
    await using campaign = new Campaign();
    const seen = await campaign.look(scenario);
    for (const [of, step, beside, ending] of cases) {
      if (of !== scenario) continue;
      const fault = halved(seen, step, beside);
      const { kind, surprise } = await campaign.try(scenario, { name: step, fault });
      assert.deepEqual([kind, surprise], [ending, undefined], `${step}, ${beside}`);
    }
  });
}

testNeeding(
  [root],
  "faults: half of a file of the job's /etc ends the start, with one line",
  async () => {
    const seen = await seenAtStart();
    const names = seen.programs.flatMap(({ steps }) => steps.map(({ name }) => name));
    const step = names.find((name) => /^write our .*: write$/.test(name));
    assert.ok(step !== undefined);
    const { kind, surprise } = await tryStart({ name: step, fault: halved(seen, step) });
    assert.deepEqual([kind, surprise], ["ended with one line", undefined]);
  },
);
