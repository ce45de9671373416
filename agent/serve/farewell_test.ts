import assert from "node:assert/strict";
import { F_GETFD, SOCK_CLOEXEC, SOCK_STREAM } from "../../linux/constants.ts";
import { closeFd, fcntl, readFd, setNonBlocking } from "../../linux/fd.ts";
import { sendFd, socketpair } from "../../linux/socket.ts";
import { Loop } from "../core/loop.ts";
import { Farewell } from "./farewell.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (text: string) => new TextEncoder().encode(text);

/** A connection: our end, and the peer's, neither of which waits. */
function connected(): [number, number] {
  const [ours, peer] = socketpair(SOCK_STREAM | SOCK_CLOEXEC);
  setNonBlocking(ours);
  setNonBlocking(peer);
  return [ours, peer];
}

/** Whether `fd` is open. */
function isOpen(fd: number): boolean {
  try {
    return fcntl(fd, F_GETFD) >= 0;
  } catch {
    return false;
  }
}

Deno.test("a farewell: the last message arrives, and then the end, though the peer writes on", () => {
  const loop = new Loop();
  const farewell = new Farewell(loop);
  const [ours, peer] = connected();
  sendFd(peer, new Uint8Array(10_000)); // nobody will read this
  sendFd(ours, bytes("why"));
  farewell.to(ours);
  const buffer = new Uint8Array(100);
  assert.equal(text(buffer.subarray(0, readFd(peer, buffer))), "why");
  assert.equal(readFd(peer, buffer), 0, "its end");
  for (let pieces = 0; pieces < 20; pieces++) {
    assert.equal(sendFd(peer, new Uint8Array(50_000)), 50_000);
    loop.turn(0);
  }
  closeFd(peer);
  loop.turn(100);
  loop.turn(0);
  assert.ok(!isOpen(ours));
  loop.close();
});

Deno.test("a farewell is not for ever: neither in bytes, nor in time, nor in number", () => {
  const loop = new Loop();
  const farewell = new Farewell(loop);
  const pairs = Array.from({ length: 9 }, connected);
  for (const [ours] of pairs) farewell.to(ours);
  assert.deepEqual(pairs.map(([ours]) => isOpen(ours)), [...Array(8).fill(true), false]);
  const [[ours, peer]] = pairs;
  let sent = 0;
  for (; isOpen(ours); loop.turn(0)) {
    const count = sendFd(peer, new Uint8Array(1 << 16));
    if (count > 0) sent += count;
    assert.ok(sent < 1 << 24, "it takes no end of bytes");
  }
  const end = performance.now() + 5000;
  while (pairs.some(([ours]) => isOpen(ours)) && performance.now() < end) loop.turn(100);
  assert.deepEqual(pairs.map(([ours]) => isOpen(ours)), Array(9).fill(false));
  for (const [, peer] of pairs) closeFd(peer);
  loop.close();
});
