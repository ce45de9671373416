import assert from "node:assert/strict";
import fc from "fast-check";
import { Ring } from "./ring.ts";

function write(ring: Ring, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    const room = ring.room(bytes.length - at);
    room.set(bytes.subarray(at, at + room.length));
    ring.written(room.length);
    at += room.length;
  }
}

function read(ring: Ring): number[] {
  const kept: number[] = [];
  for (let offset = ring.start; offset < ring.total;) {
    const piece = ring.piece(offset, 3);
    assert.notEqual(piece.length, 0);
    kept.push(...piece);
    offset += piece.length;
  }
  return kept;
}

Deno.test("a ring keeps the last bytes of whatever was written", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 17 }),
    fc.array(fc.uint8Array({ maxLength: 40 })),
    (size, writes) => {
      const ring = new Ring(size);
      writes.forEach((bytes) => write(ring, bytes));
      const all = writes.flatMap((bytes) => [...bytes]);
      assert.equal(ring.total, all.length);
      assert.equal(ring.start, Math.max(0, all.length - size));
      assert.deepEqual(read(ring), all.slice(ring.start));
    },
  ));
});

Deno.test("a cleared ring is empty", () => {
  const ring = new Ring(4);
  write(ring, new Uint8Array([1, 2, 3, 4, 5]));
  ring.clear();
  assert.deepEqual([ring.total, ring.start, ring.piece(0, 9).length], [0, 0, 0]);
  assert.deepEqual([...ring.room(4)], [0, 0, 0, 0], "and holds no byte of what it had");
});
