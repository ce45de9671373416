// Turns between tenants and priorities.

import assert from "node:assert/strict";
import fc from "fast-check";
import type { Lane, Priority } from "./names.ts";
import { Turns } from "./turns.ts";

const lane = (tenant: string, priority: Priority = "normal"): Lane => (
  { class: "c", tenant, priority }
);
const told = (turns: Turns, room: number) => {
  const turn = turns.next(room);
  return turn && `${turn.lane.tenant} ${turn.lane.priority} ${turn.count}`;
};

Deno.test("tenants take turns, and share the room", () => {
  const turns = new Turns();
  for (const tenant of ["a", "b", "c", "a"]) turns.add(lane(tenant));
  assert.equal(turns.size, 3);
  assert.deepEqual([4, 4, 4, 1].map((room) => told(turns, room)), [
    "a normal 2",
    "b normal 2",
    "c normal 2",
    "a normal 1",
  ]);
  turns.remove(lane("b"));
  assert.deepEqual([told(turns, 5), told(turns, 5)], ["c normal 3", "a normal 3"]);
});

Deno.test("a higher priority goes first, whoever's it is", () => {
  const turns = new Turns();
  turns.add(lane("a", "low"));
  turns.add(lane("b", "normal"));
  turns.add(lane("c", "high"));
  assert.equal(told(turns, 1), "c high 1");
  assert.equal(told(turns, 1), "c high 1");
  turns.remove(lane("c", "high"));
  assert.equal(told(turns, 1), "b normal 1");
  turns.remove(lane("b"));
  assert.equal(told(turns, 1), "a low 1");
  assert.equal(told(turns, 0), undefined);
});

Deno.test("a tenant that floods gets no more turns than any other", () => {
  fc.assert(fc.property(fc.integer({ min: 2, max: 8 }), fc.integer({ min: 1, max: 60 }), (n, k) => {
    const turns = new Turns();
    const took = new Map<string, number>();
    for (let index = 0; index < n; index++) turns.add(lane(`t${index}`));
    for (let turn = 0; turn < k; turn++) {
      const { tenant } = turns.next(1)!.lane;
      took.set(tenant, (took.get(tenant) ?? 0) + 1);
      turns.add(lane("t0")); // it has always more
    }
    const counts = Array.from({ length: n }, (_, index) => took.get(`t${index}`) ?? 0);
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, String(counts));
  }));
});
