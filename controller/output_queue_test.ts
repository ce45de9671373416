// The queue between the connection and the reader of a run.

import assert from "node:assert/strict";
import { OutputQueue } from "./output_queue.ts";

function piece(offset: number, size: number) {
  return { stream: "stdout" as const, offset, bytes: new Uint8Array(size) };
}

Deno.test("OutputQueue: drops the oldest while nobody reads, nothing afterwards", async () => {
  const queue = new OutputQueue(10);
  for (let i = 0; i < 5; i++) assert.equal(queue.push(piece(i * 4, 4)), undefined);
  queue[Symbol.asyncIterator]();
  const wait = queue.push(piece(20, 4));
  assert(wait instanceof Promise);
  queue.end(null);
  await wait;
  const offsets: number[] = [];
  for await (const { offset } of queue) offsets.push(offset);
  assert.deepEqual(offsets, [12, 16, 20]);
});

Deno.test("OutputQueue: a full queue waits until there is room", async () => {
  const queue = new OutputQueue(4);
  const reader = queue[Symbol.asyncIterator]();
  assert.equal(queue.push(piece(0, 4)), undefined);
  let room = false;
  const wait = (queue.push(piece(4, 4)) as Promise<void>).then(() => room = true);
  await Promise.resolve();
  assert(!room);
  await reader.next();
  await wait;
});

Deno.test("OutputQueue: an error comes after the last piece", async () => {
  const queue = new OutputQueue(100);
  queue.push(piece(0, 1));
  queue.end(new RangeError("lost"));
  assert.equal((await queue.next()).done, false);
  await assert.rejects(queue.next(), RangeError);
});

Deno.test("OutputQueue: a reader that waits is woken by a piece and by the end", async () => {
  const queue = new OutputQueue(100);
  const first = queue.next();
  queue.push(piece(7, 1));
  assert.equal((await first).value?.offset, 7);
  const second = queue.next();
  queue.end(null);
  assert.equal((await second).done, true);
});

Deno.test("queue: a reader that leaves while it waits gets the end", async () => {
  const queue = new OutputQueue(10);
  const next = queue[Symbol.asyncIterator]().next();
  await queue.return();
  assert.deepEqual(await next, { done: true, value: undefined });
});
