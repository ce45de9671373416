// Clients that wait in line while another one's job runs, over vsock.

import assert from "node:assert/strict";
import { connect, RequestError } from "../../../controller/client.ts";
import { type Scenario, text } from "../guest/scenario.ts";

/** In the order they are run. */
export const waitingScenarios: readonly Scenario[] = [
  {
    name: "wait_ms: who waits is served next, who does not is told that it is busy",
    run: async ({ target }) => {
      await using first = await connect(target);
      await using second = await connect(target);
      await using third = await connect(target);
      const long = first.run({ language: "sh", code: "read x", stdin: { stream: true } });
      await long.acked;
      const waiting = second.run({ language: "sh", code: "echo served", wait_ms: 20_000 });
      await second.ping(); // its request is in line
      const busy = (error: unknown) => error instanceof RequestError && error.code === "busy";
      await assert.rejects(third.run({ language: "sh", code: "" }).result, busy);
      await assert.rejects(third.run({ language: "sh", code: "", wait_ms: 300 }).result, busy);
      await long.closeStdin();
      assert.equal((await long.result).status, "exited");
      const { output, timing } = await waiting.result;
      assert.equal(text(output.stdout), "served\n");
      assert.ok(timing.wait_ms! >= 300, `${timing.wait_ms} ms`);
    },
  },
];
