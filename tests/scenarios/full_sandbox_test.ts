// A sandbox directory that is full before its program comes: the program must not be run cut short.

import assert from "node:assert/strict";
import { startAgent } from "../helpers/agent.ts";
import { connect, runNext, text } from "../helpers/job.ts";

Deno.test("full: code that does not fit into the sandbox directory is not run, nor a part of it", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  const { limits } = await client.info();
  const page = 4096;
  await client.put("big", new Uint8Array(limits.sandbox_bytes - page));
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
  const { limits } = await client.info();
  const page = 4096;
  for (const code of ["echo ran\n".padEnd(page, "#"), ""]) {
    await client.put("big", new Uint8Array(limits.sandbox_bytes - page));
    const { status, exit_code } = await client.run({ language: "sh", code }).result;
    assert.deepEqual([status, exit_code], ["exited", 0]);
  }
});
