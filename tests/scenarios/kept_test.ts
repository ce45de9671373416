// A sandbox that is kept between two runs, and what happens to the second run if the sandbox has
// died.

import assert from "node:assert/strict";
import { startAgent } from "../helpers/agent.ts";
import { marked } from "../helpers/census.ts";
import { connect, newMark, runNext } from "../helpers/job.ts";
import { root, testNeeding } from "../helpers/need.ts";
import { processesOf } from "../helpers/roles.ts";

/** The parent of the process with the mark: the sandbox's runner. */
async function parentOf(mark: string): Promise<number> {
  for (;;) {
    const [pid] = marked(mark);
    const status = pid === undefined ? "" : Deno.readTextFileSync(`/proc/${pid}/status`);
    const parent = /^PPid:\t(\d+)$/m.exec(status)?.[1];
    if (parent !== undefined) return Number(parent);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

testNeeding(
  [root],
  "kept: a run whose sandbox has died since fails, and the next one runs",
  async () => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    const mark = newMark();
    const first = client.run({
      language: "sh",
      code: "read x",
      env: { [mark.name]: mark.value },
      stdin: { stream: true },
      keep: true,
    });
    await first.acked;
    const runner = await parentOf(mark.text);
    await first.closeStdin();
    assert.equal((await first.result).status, "exited");
    Deno.kill(runner, "SIGKILL");
    // The agent notices while nothing runs.
    await new Promise((resolve) => setTimeout(resolve, 200));
    const second = await client.run({ language: "sh", code: "echo second", keep: true }).result;
    assert.deepEqual([second.status, second.step], ["failed", "keep the sandbox alive"]);
    await runNext(client, "sh");
  },
);

testNeeding(
  [root],
  "kept: a request whose sandbox dies is told why, and the next client is served",
  async () => {
    await using agent = await startAgent();
    {
      await using client = await connect(agent.target);
      await client.put("file", new Uint8Array(1));
      const keepers = processesOf(agent.pid, "keeper");
      for (const pid of keepers) Deno.kill(pid, "SIGSTOP");
      const lost = assert.rejects(client.list(), {
        name: "ConnectionError",
        message: /Lost the sandbox of this connection, and the files in it/,
      });
      await new Promise((resolve) => setTimeout(resolve, 100)); // the keeper has the request, and stands
      for (const pid of keepers) Deno.kill(pid, "SIGKILL");
      await lost;
    }
    await using client = await connect(agent.target);
    assert.equal((await client.run({ language: "sh", code: "" }).result).exit_code, 0);
  },
);
