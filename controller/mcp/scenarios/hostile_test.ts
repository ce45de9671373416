// Somebody hostile before the HTTP server of MCP, or behind it: requests no client sends, clients
// that leave in the middle, and answers that would fill a model's window.

import assert from "node:assert/strict";
import { startAgent } from "../../../tests/helpers/agent.ts";
import { file } from "../../../tests/helpers/need.ts";
import {
  httpSession,
  type McpServer,
  startMcp,
  stdioSession,
  testMcp,
  textOf,
} from "../testing/session.ts";

const python = file("/usr/bin/python3");

/** Sends one message as it is. */
function post(server: McpServer, message: unknown, session?: string, signal?: AbortSignal) {
  return fetch(server.url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(session === undefined ? {} : { "mcp-session-id": session }),
    },
    body: typeof message === "string" ? message : JSON.stringify(message),
    signal,
  });
}

const initialize = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "hostile", version: "1" },
  },
};

const call = (name: string, args: unknown) => ({
  ...{ jsonrpc: "2.0", id: 2, method: "tools/call" },
  params: { name, arguments: args },
});

testMcp([python], "MCP over HTTP: a session is only for whoever knows its name", async () => {
  await using agent = await startAgent();
  await using server = await startMcp(agent.target);
  const names = await Promise.all(Array.from({ length: 3 }, async () => {
    const answer = await post(server, initialize);
    await answer.text();
    return answer.headers.get("mcp-session-id")!;
  }));
  assert.equal(new Set(names).size, 3);
  for (const name of names) assert.match(name, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  const [name] = names;
  const guesses = ["", "x".repeat(8000), name.toUpperCase(), `${name}0`, name.slice(1)];
  for (const guess of guesses) {
    const answer = await post(server, call("list_files", {}), guess);
    assert.equal(answer.status, 404, guess);
    await answer.text();
  }
  const without = await post(server, call("list_files", {}));
  assert.equal(without.status, 400);
  await without.text();
  // A session that was ended is nobody's.
  const headers = { "mcp-session-id": name };
  await (await fetch(server.url, { method: "DELETE", headers })).text();
  const after = await post(server, call("list_files", {}), name);
  assert.equal(after.status, 404);
  await after.text();
});

testMcp([python], "MCP over HTTP: what no client sends is refused, and others go on", async () => {
  await using agent = await startAgent();
  await using server = await startMcp(agent.target);
  await using good = await httpSession(server.url);
  const large = await post(server, { ...initialize, more: "x".repeat(5 << 20) });
  assert.equal(large.status, 413);
  await large.text();
  const bodies = ["", "{", "[]", "null", "[".repeat(100_000), '{"jsonrpc":"2.0"}', "\0"];
  for (const body of bodies) {
    const answer = await post(server, body);
    assert.equal(answer.status, 400, body.slice(0, 20));
    await answer.text();
  }
  assert.equal((await good.run("sh", "echo here")).stdout, "here\n");
});

testMcp(
  [python],
  "MCP over HTTP: a client that is gone in the middle holds nobody up",
  async () => {
    await using agent = await startAgent();
    await using server = await startMcp(agent.target);
    const begun = await post(server, initialize);
    await begun.text();
    const gone = new AbortController();
    const name = begun.headers.get("mcp-session-id")!;
    const answer = await post(
      server,
      call("run_code", { language: "sh", code: "sleep 2; echo > done" }),
      name,
      gone.signal,
    );
    gone.abort();
    await answer.text().catch(() => {});
    await using other = await httpSession(server.url);
    assert.equal((await other.run("sh", "echo mine", { wait_ms: 20_000 })).stdout, "mine\n");
    const listed = await post(server, call("list_files", {}), name);
    assert.match(await listed.text(), /done/);
  },
);

testMcp([python], "MCP: paths that lead out, and arguments that are none", async () => {
  await using agent = await startAgent();
  await using session = await stdioSession(agent.target);
  await session.run("sh", "ln -s /etc out; ln -s /etc/passwd passwd");
  const paths = [
    "/etc/passwd",
    "../x",
    "a/../../x",
    "out/passwd",
    "passwd",
    "a\0b",
    "",
    ".",
    "//etc",
  ];
  for (const path of paths) {
    for (
      const [tool, args] of [
        ["read_file", { path }],
        ["write_file", { path, content: "x" }],
        ["remove_file", { path: `${path}/.`, recursive: true }],
      ] as const
    ) {
      const result = await session.call(tool, args);
      assert(result.isError, `${tool} ${JSON.stringify(path)}: ${textOf(result)}`);
      assert.doesNotMatch(textOf(result), /root:/);
    }
  }
  for (
    const args of [{}, { path: 1 }, { path: "a", content: "@", encoding: "base64" }, {
      path: "a",
      content: "",
      more: 1,
    }]
  ) {
    assert((await session.call("write_file", args)).isError);
  }
  const limits = [{ timeout_ms: 1e12 }, { memory_bytes: -1 }, { wait_ms: 0.5 }, { args: "a" }];
  for (const more of limits) {
    assert((await session.call("run_code", { language: "sh", code: "", ...more })).isError);
  }
  assert.equal((await session.run("sh", "echo here")).stdout, "here\n");
});

testMcp([python], "MCP: no answer fills a model's window, and each cut is told", async () => {
  await using agent = await startAgent();
  await using session = await stdioSession(agent.target);
  const code =
    "import sys\nfor i in range(200): print('o' * 9999); print('e' * 9999, file=sys.stderr)";
  const run = await session.call("run_code", { language: "python", code });
  assert(JSON.stringify(run).length < 200_000);
  assert.equal(textOf(run).match(/characters are left out here/g)?.length, 2);
  await session.run("python", "open('long', 'w').write('x' * 2_000_000)");
  const read = await session.call("read_file", { path: "long" });
  assert(read.isError);
  assert.match(textOf(read), /it has 2000000 bytes, and at most 131072 can be returned/);
  for (const [length, most] of [[20, 1000], [200, 400]]) {
    await session.call("reset");
    await session.run("python", `for i in range(1500): open(f'{i:0${length}}', 'w')`);
    const listed = await session.call("list_files");
    const { files, more } = listed.structuredContent as { files: unknown[]; more: number };
    assert(files.length > 0.8 * most && files.length <= most, `${files.length} of ${most}`);
    // The program itself is a file too.
    assert.equal(files.length + more, 1501);
  }
});
