// Live output: in order, bounded, and nobody waits for a server that does not take it.

import assert from "node:assert/strict";
import type { NatsConnection } from "@nats-io/transport-node";
import { LiveOutput } from "./live_output.ts";

/** A connection that notes what is published, and answers a flush when it is told to. */
function connection() {
  const published: number[] = [];
  const flushes: (() => void)[] = [];
  const nc = {
    publish: (_subject: string, bytes?: Uint8Array) => void published.push(bytes?.length ?? -1),
    flush: () => new Promise<void>((resolve) => flushes.push(resolve)),
  };
  return { nc: nc as unknown as NatsConnection, published, flushes };
}

const KIB = 1024;
const turn = () => new Promise((resolve) => setTimeout(resolve));
const job = { tenant: "ann", id: "1" };
const piece = (offset: number, length: number) =>
  ({ stream: "stdout", offset, bytes: new Uint8Array(length) }) as const;
const bytesOf = (published: readonly number[]) =>
  published.reduce((sum, length) => sum + Math.max(0, length), 0);

Deno.test("what waits for the server is sent when that has answered, and then the end", async () => {
  const { nc, published, flushes } = connection();
  const live = new LiveOutput(nc, job, 1);
  for (let at = 0; at < 16; at++) live.send(piece(at * 100 * KIB, 100 * KIB));
  await turn();
  assert.ok(bytesOf(published) < 700 * KIB, "it asks whether the server keeps up");
  const answering = setInterval(() => flushes.splice(0).forEach((answer) => answer()));
  await live.end("result");
  clearInterval(answering);
  assert.equal(bytesOf(published), 1600 * KIB);
  assert.equal(published.at(-1), -1);
  assert.ok(Math.max(...published) <= 64 * KIB);
});

Deno.test("of a server that does not answer nobody waits longer than a second or two", async () => {
  const { nc, published } = connection();
  const live = new LiveOutput(nc, job, 1);
  for (let at = 0; at < 200; at++) live.send(piece(at * 100 * KIB, 100 * KIB));
  const began = performance.now();
  await live.end("result");
  assert.ok(performance.now() - began < 10_000);
  assert.equal(published.at(-1), -1);
  assert.ok(bytesOf(published) < 700 * KIB);
});
