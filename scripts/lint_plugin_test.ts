import assert from "node:assert/strict";
import plugin from "./lint_plugin.ts";
import { type Room, rooms } from "./rooms/rooms.ts";

const root = new URL("..", import.meta.url).pathname;

function lint(path: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, root + path, source).map((found) => found.id);
}

/** The import of a module in the room `to`, as `from` would write it. */
function importOf(from: string, to: string): string {
  const up = "../".repeat(from.split("/").length - 1);
  return `import "${up}${to.endsWith(".ts") ? to : `${to}/x.ts`}";`;
}

/** A module that could stand in a room. */
const moduleIn = (room: Room) => room.path.endsWith(".ts") ? room.path : `${room.path}/x.ts`;

for (const room of rooms.filter(({ path }) => !path.startsWith("tests/"))) {
  Deno.test(`room "${room.path}": imports what its line allows, and nothing else`, () => {
    const from = moduleIn(room);
    const others = rooms.filter((other) => other !== room);
    const [allowed, forbidden] = [true, false].map((may) =>
      others.filter(({ path }) => room.may.includes(path) === may)
    );
    assert.ok(forbidden.length > 0);
    for (const { path } of allowed) assert.deepEqual(lint(from, importOf(from, path)), [], path);
    for (const { path } of forbidden) {
      assert.deepEqual(lint(from, importOf(from, path)), ["sallyport/imports"], path);
    }
  });
}

Deno.test("packages are those on the list, and modules are in a room", () => {
  const broken: [string, string][] = [
    ["agent/main.ts", 'import "jsr:@std/assert";'],
    ["agent/main.ts", 'import "https://example.org/x.ts";'],
    ["tests/helpers/agent.ts", 'import "npm:left-pad";'],
    ["attic/x.ts", 'import "../linux/fd.ts";'],
    ["agent/main.ts", 'import "../attic/x.ts";'],
    ["agent/main.ts", 'export * from "../controller/client.ts";'],
    ["sandbox/program.ts", 'import type { Limits } from "../policy/compiled.ts";'],
    ["linux/fd.ts", 'import "./testing/fixture_run.ts";'],
  ];
  for (const [path, source] of broken) {
    assert.deepEqual(lint(path, source), ["sallyport/imports"], `${path}: ${source}`);
  }
  const fine: [string, string][] = [
    ["agent/main.ts", 'import "../linux/fd.ts"; import "valibot"; import "./core/loop.ts";'],
    ["controller/client.ts", 'import "../protocol/protocol.ts"; import "node:util";'],
    ["linux/fd_test.ts", 'import "../tests/helpers/need.ts";'],
    ["linux/testing/probe.ts", 'import "../../agent/main.ts";'],
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
