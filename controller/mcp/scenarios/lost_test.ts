// MCP sessions whose agent or client is lost: what the model is told, and that it can go on.

import assert from "node:assert/strict";
import { startAgent } from "../../../tests/helpers/agent.ts";
import { stdioSession, testMcp, textOf } from "../testing/session.ts";
import { file } from "../../../tests/helpers/need.ts";

const python = file("/usr/bin/python3");

testMcp([python], "MCP: a connection that was lost between calls is told", async () => {
  await using agent = await startAgent();
  await using session = await stdioSession(agent.target);
  await session.call("write_file", { path: "a", content: "a" });
  agent.kill("SIGKILL");
  await agent.status;
  await Deno.remove(agent.path).catch(() => {});
  await using again = await startAgent();
  await Deno.symlink(again.path, agent.path);
  const listed = await session.call("list_files");
  assert.match(textOf(listed), /this sandbox is new/);
  assert.deepEqual(listed.structuredContent, { files: [], more: 0 });
  assert.doesNotMatch(textOf(await session.call("list_files")), /is new/);
});

testMcp(
  [python],
  "MCP: an agent that does not answer is given up, and tried again",
  async () => {
    await using agent = await startAgent();
    await using session = await stdioSession(agent.target);
    await session.call("write_file", { path: "a", content: "a" });
    Deno.kill(agent.pid, "SIGSTOP");
    try {
      const silent = await session.call("list_files");
      assert(silent.isError);
      assert.match(textOf(silent), /not ready after 5000 ms/);
    } finally {
      Deno.kill(agent.pid, "SIGCONT");
    }
    assert.deepEqual((await session.call("list_files")).structuredContent, { files: [], more: 0 });
  },
);

testMcp(
  [python],
  "MCP: a message that is too large ends the session, and is not waited for",
  async () => {
    await using agent = await startAgent();
    await using session = await stdioSession(agent.target);
    const content = "x".repeat(6_000_000);
    const patience = AbortSignal.timeout(20_000);
    await assert.rejects(
      session.call("write_file", { path: "a", content }, { signal: patience }),
      /Connection closed/,
    );
  },
);
