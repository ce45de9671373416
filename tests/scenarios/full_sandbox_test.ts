// A sandbox directory that is full before its program arrives: a truncated program must not run.

import assert from "node:assert/strict";
import { startAgent } from "../helpers/agent.ts";
import { policy } from "../../policy/generated/policy.ts";
import { connect, runNext, text } from "../helpers/job.ts";

const page = 4096;
/** A file that leaves one page of the sandbox directory free. */
const big = new Uint8Array(policy.limits.sandbox_bytes - page);

Deno.test("full: code that does not fit into the sandbox directory is not run, nor a part of it", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  await client.put("big", big);
  const code = "echo ran\n" + "#".repeat(3 * page);
  const { status, step, errno, output } = await client.run({ language: "sh", code }).result;
  assert.deepEqual({ status, step, errno, stdout: text(output.stdout) }, {
    status: "failed",
    step: "make room for the code",
    errno: "ENOSPC",
    stdout: "",
  });
  await runNext(client, "sh");
});

Deno.test("full: code that just fits is run, and so is none at all", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  for (const code of ["echo ran\n".padEnd(page, "#"), ""]) {
    await client.put("big", big);
    const { status, exit_code } = await client.run({ language: "sh", code }).result;
    assert.deepEqual([status, exit_code], ["exited", 0]);
  }
});
