// A run's output, from its caller's side.

import assert from "node:assert/strict";
import type { OutputPiece } from "../../controller/client.ts";
import { VirtualClock } from "../simulate/virtual_clock.ts";
import type { PoolResult } from "./pool_run.ts";
import { PoolRun } from "./pool_run.ts";

const size = 600 * 1024;
const piece = (index: number): OutputPiece => (
  { stream: "stdout", offset: index * size, bytes: new Uint8Array(size) }
);

Deno.test("output that nobody reads is dropped from the front, and never waits", async () => {
  const run = new PoolRun("1", { language: "sh", code: "" }, new VirtualClock());
  for (let index = 0; index < 5; index++) await run.output(piece(index));
  run.finish({} as PoolResult);
  const offsets: number[] = [];
  for await (const { offset } of run) offsets.push(offset / size);
  assert.deepEqual(offsets, [4]);
});

Deno.test("a reader who stops taking gets no more after half a minute; the run goes on", async () => {
  const clock = new VirtualClock();
  const run = new PoolRun("1", { language: "sh", code: "" }, clock);
  const reader = run[Symbol.asyncIterator]();
  await run.output(piece(0));
  let taken = false;
  const begin = clock.now();
  void run.output(piece(1)).then(() => taken = true);
  await clock.run(() => taken);
  assert.equal(clock.now() - begin, 30_000);
  await run.output(piece(2));
  run.finish({} as PoolResult);
  assert.equal((await reader.next()).done, true);
});

Deno.test("a failed run fails everything that can be waited for", async () => {
  const run = new PoolRun("1", { language: "sh", code: "" }, new VirtualClock());
  run.fail(new Error("lost"));
  await assert.rejects(run.result, /lost/);
  await assert.rejects(run.began, /lost/);
  await assert.rejects(run.closeStdin(), /lost/);
  await assert.rejects(run[Symbol.asyncIterator]().next(), /lost/);
});
