import assert from "node:assert/strict";
import { EPOLLERR, EPOLLET, EPOLLHUP, EPOLLIN, EPOLLOUT } from "./constants.ts";
import { leakTest } from "./testing/descriptor_leak.ts";
import { Epoll } from "./epoll.ts";
import { closeFd, pipe2, readFd, writeFd } from "./fd.ts";
import { monotonicMs } from "./timerfd.ts";

leakTest("events come with the number they were registered with", () => {
  using epoll = new Epoll(4);
  const [reader, writer] = pipe2();
  epoll.add(reader, EPOLLIN, 0xfffffffe);
  assert.equal(epoll.wait(0), 0);
  epoll.add(writer, EPOLLOUT, 7);
  assert.equal(epoll.wait(0), 1);
  assert.deepEqual([epoll.dataAt(0), epoll.eventAt(0)], [7, EPOLLOUT]);
  writeFd(writer, new Uint8Array(1));
  assert.equal(epoll.wait(0), 2);
  const seen = [0, 1].map((i) => [epoll.dataAt(i), epoll.eventAt(i)]);
  assert.deepEqual(seen.sort(), [[0xfffffffe, EPOLLIN], [7, EPOLLOUT]].sort());
  epoll.modify(writer, 0, 8);
  epoll.delete(reader);
  assert.equal(epoll.wait(0), 0);
  closeFd(reader);
  assert.equal(epoll.wait(0), 1);
  assert.deepEqual([epoll.dataAt(0), epoll.eventAt(0)], [8, EPOLLERR]);
  closeFd(writer);
});

leakTest("the end of a pipe is told; an edge is told once", () => {
  using epoll = new Epoll();
  const [reader, writer] = pipe2();
  epoll.add(reader, EPOLLIN | EPOLLET);
  writeFd(writer, new Uint8Array(1));
  assert.equal(epoll.wait(0), 1);
  assert.equal(epoll.wait(0), 0);
  readFd(reader, new Uint8Array(1));
  closeFd(writer);
  assert.equal(epoll.wait(0), 1);
  assert.deepEqual([epoll.dataAt(0), epoll.eventAt(0)], [reader, EPOLLHUP]);
  closeFd(reader);
});

leakTest("no more events than asked for, and no longer a wait", () => {
  using epoll = new Epoll(2);
  const pipes = [pipe2(), pipe2(), pipe2()];
  for (const [, writer] of pipes) epoll.add(writer, EPOLLOUT);
  assert.equal(epoll.wait(0), 2);
  for (const [, writer] of pipes) epoll.delete(writer);
  const before = monotonicMs();
  assert.equal(epoll.wait(30), 0);
  assert.ok(monotonicMs() - before >= 29);
  pipes.flat().forEach(closeFd);
  assert.throws(() => epoll.add(pipes[0][0], EPOLLIN), { code: "EBADF" });
});
