import assert from "node:assert/strict";
import { GuestMemory } from "./guest_memory.ts";
import { Virtqueue } from "./virtqueue.ts";

/**
 * A queue of four in 4 KiB of memory: descriptors at 0, available ring at 256, used ring at 512.
 */
function setUp() {
  const buffer = new ArrayBuffer(4096);
  const view = new DataView(buffer);
  const memory = new GuestMemory([
    { guestAddress: 0x1000n, userAddress: 0x7000n, size: 4096, offset: 0, buffer },
  ]);
  const queue = new Virtqueue();
  queue.place(memory, 4, { descriptors: 0x7000n, available: 0x7100n, used: 0x7200n });
  const describe = (i: number, at: number, length: number, flags: number, next = 0) => {
    view.setBigUint64(i * 16, BigInt(0x1000 + at), true);
    view.setUint32(i * 16 + 8, length, true);
    view.setUint16(i * 16 + 12, flags, true);
    view.setUint16(i * 16 + 14, next, true);
  };
  const offer = (...heads: number[]) => {
    for (const head of heads) {
      const index = view.getUint16(258, true);
      view.setUint16(260 + 2 * (index % 4), head, true);
      view.setUint16(258, index + 1, true);
    }
  };
  return { view, memory, queue, describe, offer };
}

Deno.test("a chain's buffers come in order, readable and writable apart", () => {
  const { memory, queue, describe, offer } = setUp();
  assert.equal(queue.take(memory), null);
  describe(2, 1024, 10, 1, 0);
  describe(0, 2048, 20, 3, 3);
  describe(3, 3000, 30, 2);
  offer(2);
  const chain = queue.take(memory)!;
  assert.equal(chain.head, 2);
  assert.deepEqual(chain.readable.map((b) => [b.byteOffset, b.length]), [[1024, 10]]);
  assert.deepEqual(chain.writable.map((b) => [b.byteOffset, b.length]), [[2048, 20], [3000, 30]]);
  assert.equal(queue.ready, false);
});

Deno.test("used chains are told in the used ring, which wraps", () => {
  const { view, memory, queue, describe, offer } = setUp();
  for (let i = 0; i < 4; i++) describe(i, 1024, 1, 2);
  for (let turn = 0; turn < 6; turn++) {
    offer(turn % 4);
    queue.giveBack(queue.take(memory)!.head, turn);
  }
  assert.equal(view.getUint16(514, true), 6);
  assert.deepEqual([view.getUint32(516 + 8, true), view.getUint32(516 + 12, true)], [1, 5]);
});

Deno.test("a chain that loops or leaves the memory is refused", () => {
  const { memory, queue, describe, offer } = setUp();
  describe(0, 1024, 1, 1, 0);
  offer(0);
  assert.throws(() => queue.take(memory), RangeError);
  describe(1, 4090, 100, 0);
  queue.next = 1;
  offer(1);
  assert.throws(() => queue.take(memory), RangeError);
});
