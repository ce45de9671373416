// What only the HTTP server of MCP has: several sessions, names it answers to, a Unix socket.

import assert from "node:assert/strict";
import { request } from "node:http";
import { dirname } from "node:path";
import { startAgent } from "../../../tests/helpers/agent.ts";
import { httpSession, mcpEnded, startMcp, testMcp, textOf } from "../testing/session.ts";
import { file } from "../../../tests/helpers/need.ts";

const python = file("/usr/bin/python3");

testMcp([python], "MCP over HTTP: sessions have sandboxes of their own, and wait", async () => {
  await using agent = await startAgent();
  await using server = await startMcp(agent.target);
  await using one = await httpSession(server.url);
  await using other = await httpSession(server.url);
  await one.call("write_file", { path: "mine", content: "1" });
  assert.deepEqual((await other.call("list_files")).structuredContent, { files: [], more: 0 });
  await other.call("write_file", { path: "mine", content: "2" });
  assert.equal(textOf(await one.call("read_file", { path: "mine" })), "1");

  const long = one.run("sh", "sleep 1.5; echo long");
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(textOf(await other.call("read_file", { path: "mine" })), "2");
  const busy = await other.call("run_code", { language: "sh", code: "echo no", wait_ms: 100 });
  assert(busy.isError);
  assert.match(textOf(busy), /busy with other sessions/);
  const waited = await other.run("sh", "echo waited");
  assert.deepEqual([waited.stdout, (await long).stdout], ["waited\n", "long\n"]);
});

testMcp([python], "MCP over HTTP: sessions that nobody uses any more make room", async () => {
  await using agent = await startAgent();
  await using server = await startMcp(agent.target);
  await using kept = await httpSession(server.url);
  await kept.call("write_file", { path: "mine", content: "1" });
  for (let i = 0; i < 10; i++) {
    const left = await httpSession(server.url);
    assert.equal((await left.run("sh", "echo here")).stdout, "here\n");
    await left.client.close(); // it never says that it goes
  }
  // Its client listens: it is in use, although it was used longest ago.
  assert.equal(textOf(await kept.call("read_file", { path: "mine" })), "1");
});

testMcp([python], "MCP over HTTP: only for names of this machine", async () => {
  await using agent = await startAgent();
  await using server = await startMcp(agent.target);
  const post = (headers: Record<string, string>) => status(server.url, headers);
  assert.equal(await post({}), 200);
  assert.equal(await post({ origin: "http://localhost:3000" }), 200);
  assert.equal(await post({ origin: "http://evil.example" }), 403);
  assert.equal(await post({ origin: "null" }), 403);
  assert.equal(await post({ host: "evil.example" }), 403);
  assert.equal(await post({ "mcp-session-id": "none" }), 404);
  const open = await mcpEnded(agent.target, ["--http", "0.0.0.0:0"]);
  assert.equal(open.code, 125);
  assert.match(open.stderr, /other machines could reach it/);
});

testMcp([python], "MCP over HTTP: on a Unix socket that only its owner opens", async () => {
  await using agent = await startAgent();
  const path = agent.path.replace("agent.sock", "mcp.sock");
  {
    await using _server = await startMcp(agent.target, `unix:${path}`);
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    const again = await mcpEnded(agent.target, ["--http", `unix:${path}`]);
    assert.deepEqual([again.code, again.stdout], [125, ""]);
    assert.match(again.stderr, /something is there already/);
    using client = Deno.createHttpClient({ proxy: { transport: "unix", path } });
    const answer = await fetch("http://localhost/mcp", { client });
    assert.equal(answer.status, 400);
    assert.match(await answer.text(), /Mcp-Session-Id is missing/);
  }
  const left = [...Deno.readDirSync(dirname(path))].map(({ name }) => name);
  assert.deepEqual(left, ["agent.sock"]);
});

/** What a server answers to `initialize` with these headers; fetch would not send a Host. */
function status(url: string, headers: Record<string, string>): Promise<number> {
  const params = {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params });
  const common = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", headers: { ...common, ...headers } }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer.statusCode!));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
