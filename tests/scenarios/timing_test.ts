// The timing of a result: what it says of output, whenever that came.

import assert from "node:assert/strict";
import { connect } from "../../controller/client.ts";
import { startAgent } from "../helpers/agent.ts";

Deno.test("timing: output has its time, also where it comes with the end", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  const timingOf = async (language: string, code: string) => {
    const { status, timing } = await client.run({ language, code, wait_ms: 5000 }).result;
    assert.equal(status, "exited");
    return timing as Record<string, number>;
  };
  for (let round = 0; round < 20; round++) {
    for (const [language, code] of [["sh", "echo 1"], ["python", "print(1)"]]) {
      const { first_output_ms, run_ms } = await timingOf(language, code);
      assert.ok(first_output_ms >= 0 && first_output_ms <= run_ms, `${first_output_ms}, ${run_ms}`);
    }
  }
  for (const [language, code] of [["sh", "true"], ["python", "pass"]]) {
    assert.equal((await timingOf(language, code)).first_output_ms, undefined);
  }
});
