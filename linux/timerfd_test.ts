import assert from "node:assert/strict";
import { EPOLLIN } from "./constants.ts";
import { leakTest } from "./testing/descriptor_leak.ts";
import { Epoll } from "./epoll.ts";
import { E } from "./errno.ts";
import { closeFd } from "./fd.ts";
import {
  monotonicMs,
  monotonicNs,
  timerfdArm,
  timerfdCreate,
  timerfdDisarm,
  timerfdRead,
} from "./timerfd.ts";

leakTest("a timer fires after its time, once or again and again, or not at all", () => {
  using epoll = new Epoll();
  const timer = timerfdCreate();
  epoll.add(timer, EPOLLIN);
  assert.equal(timerfdRead(timer), -E.EAGAIN);

  const before = monotonicMs();
  assert.equal(timerfdArm(timer, 15.5), 0);
  assert.equal(epoll.wait(5000), 1);
  assert.ok(monotonicMs() - before >= 15.5);
  assert.equal(timerfdRead(timer), 1);
  assert.equal(epoll.wait(30), 0);

  assert.equal(timerfdArm(timer, 1, 2), 0);
  epoll.wait(5000);
  let expirations = 0;
  while (expirations < 3) {
    if (epoll.wait(5000) === 1) expirations += timerfdRead(timer);
  }

  assert.equal(timerfdDisarm(timer), 0);
  assert.equal(epoll.wait(20), 0);
  assert.equal(timerfdArm(timer, 0), 0);
  assert.equal(epoll.wait(5000), 1);
  closeFd(timer);
  assert.equal(timerfdArm(timer, 1), -E.EBADF);
});

Deno.test("the clock goes forward, in both units", () => {
  const ns = monotonicNs();
  const ms = monotonicMs();
  assert.ok(monotonicNs() > ns);
  assert.ok(Math.abs(ms - Number(ns) / 1e6) < 1000);
});
