import assert from "node:assert/strict";
import plugin from "./lint_plugin.ts";

const root = new URL("..", import.meta.url).pathname;

function lint(path: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, root + path, source).map((found) => found.id);
}

Deno.test("imports point down, and to packages on the list", () => {
  const broken: [string, string][] = [
    ["linux/fd.ts", 'import "../policy/compiled.ts";'],
    ["sandbox/program.ts", 'export * from "../protocol/protocol.ts";'],
    ["sandbox/program.ts", 'import type { Limits } from "../policy/compiled.ts";'],
    ["agent/main.ts", 'import "../controller/client.ts";'],
    ["controller/client.ts", 'import "../agent/core/loop.ts";'],
    ["controller/client.ts", 'import "../sandbox/program.ts";'],
    ["agent/main.ts", 'import "jsr:@std/assert";'],
    ["agent/main.ts", 'import "https://example.org/x.ts";'],
    ["tests/helpers/agent.ts", 'import "npm:left-pad";'],
  ];
  for (const [path, source] of broken) {
    assert.deepEqual(lint(path, source), ["sallyport/imports"], `${path}: ${source}`);
  }
  const fine: [string, string][] = [
    ["agent/main.ts", 'import "../linux/fd.ts"; import "valibot"; import "./ring.ts";'],
    ["policy/compiled.ts", 'import type { Range } from "../sandbox/job_limits.ts";'],
    ["controller/client.ts", 'import "../protocol/protocol.ts"; import "node:util";'],
    ["linux/fd_test.ts", 'import "../tests/helpers/need.ts";'],
    ["scripts/demo.ts", 'import "../controller/client.ts";'],
  ];
  for (const [path, source] of fine) assert.deepEqual(lint(path, source), [], path);
});

Deno.test("only linux/libc.ts opens a library", () => {
  const source = 'Deno.dlopen("/lib/x.so", {});';
  assert.deepEqual(lint("agent/core/loop.ts", source), ["sallyport/one-dlopen"]);
  assert.deepEqual(lint("linux/libc.ts", source), []);
  assert.deepEqual(lint("linux/constants_test.ts", source), []);
});

Deno.test("nothing waits between request and result", () => {
  const source = "await f(); setTimeout(f, 1);";
  assert.deepEqual(lint("agent/core/loop.ts", source), [
    "sallyport/no-waiting",
    "sallyport/no-waiting",
  ]);
  assert.deepEqual(lint("controller/client.ts", source), []);
  assert.deepEqual(lint("agent/core/loop_test.ts", source), []);
});
