import assert from "node:assert/strict";
import { circlesOf, pictureOf } from "./picture.ts";
import type { Room } from "./rooms.ts";

const rooms: Room[] = [
  { path: "top", holds: "", may: ["middle", "ground"] },
  { path: "middle", holds: "", may: ["ground"] },
  { path: "middle/inner.ts", holds: "", may: [] },
  { path: "ground", holds: "", may: [] },
];

function faultsOf(imports: Record<string, string[]>): readonly string[] {
  return pictureOf(new Map(Object.entries(imports)), rooms).faults;
}

const fine = {
  "top/a.ts": ["middle/a.ts", "ground/a.ts", "top/b.ts"],
  "top/b.ts": [],
  "middle/a.ts": ["ground/a.ts"],
  "ground/a.ts": [],
};

Deno.test("rooms, arrows and floors are those of the imports", () => {
  const picture = pictureOf(new Map(Object.entries(fine)), rooms);
  assert.deepEqual(picture.faults, []);
  assert.deepEqual(picture.rooms.map(({ path }) => path), ["top", "middle", "ground"]);
  assert.deepEqual([...picture.arrows.get("top")!], ["middle", "ground"]);
  assert.deepEqual(Object.fromEntries(picture.floors), { ground: 0, middle: 1, top: 2 });
});

Deno.test("an import that points up is told", () => {
  const faults = faultsOf({ ...fine, "ground/a.ts": ["middle/b.ts"], "middle/b.ts": [] });
  assert.ok(faults.includes("up: ground/a.ts imports middle/b.ts"));
  assert.ok(faults.some((fault) => fault.startsWith("against the rule: ground/a.ts imports")));
  assert.ok(faults.some((fault) => fault.startsWith("circle of rooms: ")));
});

Deno.test("a circle within a room is told, a test's imports are not", () => {
  assert.deepEqual(faultsOf({ ...fine, "top/b.ts": ["top/a.ts"] }), ["circle: top/a.ts, top/b.ts"]);
  assert.deepEqual(faultsOf({ ...fine, "ground/a_test.ts": ["top/a.ts"] }), []);
});

Deno.test("a module without a room, and a line that allows more than is used, are told", () => {
  assert.deepEqual(faultsOf({ ...fine, "attic/a.ts": [] }), ["no room: attic/a.ts"]);
  const less = { ...fine, "middle/a.ts": [] };
  assert.deepEqual(faultsOf(less), ["unused: middle may import ground"]);
});

Deno.test("circles: each once, whole", () => {
  const graph = { a: ["b"], b: ["c"], c: ["a", "d"], d: ["e"], e: ["d"], f: ["a"] };
  const found = circlesOf(new Map(Object.entries(graph))).map((circle) => circle.toSorted());
  assert.deepEqual(found.toSorted(), [["a", "b", "c"], ["d", "e"]]);
});
