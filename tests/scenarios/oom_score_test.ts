// Whom the kernel kills first when memory ends: what the processes say of themselves. The guest of
// `deno task test:vm` runs out of memory indeed.

import assert from "node:assert/strict";
import { startAgent } from "../helpers/agent.ts";
import { censusAtRest } from "../helpers/census.ts";
import { connect, runJob, text } from "../helpers/job.ts";
import { root, testNeeding } from "../helpers/need.ts";
import { processesOf } from "../helpers/roles.ts";

/** Starts the program after it with a score by which the kernel kills it before others. */
const scored = (score: number) => [
  "/bin/sh",
  "-c",
  `echo ${score} > /proc/self/oom_score_adj; exec "$@"`,
  "sh",
];

for (const score of [0, 950]) {
  testNeeding(
    [root],
    `when memory ends the kernel kills jobs first, then sandboxes: an agent started with ${score}`,
    async () => {
      await using agent = await startAgent({ prefix: scored(score) });
      await using client = await connect(agent.target);
      const job = await runJob(client, { language: "sh", code: "cat /proc/self/oom_score_adj" });
      assert.equal(text(job.stdout), "1000\n");
      await censusAtRest(agent.pid); // the next sandbox is there
      const roles = ["keeper", "runner"] as const;
      const sandboxes = roles.flatMap((role) => processesOf(agent.pid, role));
      assert.ok(sandboxes.length >= 2);
      for (const pid of sandboxes) {
        const found = Number(Deno.readTextFileSync(`/proc/${pid}/oom_score_adj`));
        // A score that root has given is only root's to take back; a root without CAP_SYS_RESOURCE
        // gives none for good.
        assert.ok(found === 900 || found === score && score > 900, `${pid} has ${found}`);
      }
    },
  );
}
