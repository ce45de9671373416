// Answers in time, too late, and on a host that stood still.

import assert from "node:assert/strict";
import { VirtualClock } from "../simulate/virtual_clock.ts";
import { type Clock, LATE, wait, within } from "./clock.ts";

async function answered(clock: VirtualClock, answerMs: number, limitMs: number) {
  const answer = wait(clock, answerMs).then(() => "answer");
  let said: unknown;
  void within(clock, limitMs, answer).then((value) => said = value);
  await clock.run(() => said !== undefined);
  return said;
}

Deno.test("an answer in time, and one that is late", async () => {
  const clock = new VirtualClock();
  assert.equal(await answered(clock, 10, 20), "answer");
  assert.equal(await answered(clock, 30, 20), LATE);
});

Deno.test("what throws is thrown, and the timer is taken back", async () => {
  const clock = new VirtualClock();
  await assert.rejects(within(clock, 1000, Promise.reject(new Error("lost"))), /lost/);
  const before = clock.now();
  await clock.run(() => false);
  assert.equal(clock.now(), before);
});

Deno.test("a timer that is late itself gives as long again, once", async () => {
  for (const [answerMs, expected] of [[150, "answer"], [400, LATE]] as const) {
    const real = new VirtualClock();
    let skipped = 0;
    const clock: Clock = {
      now: () => real.now() + skipped,
      after: (ms, call) => real.after(ms, call),
    };
    let said: unknown;
    void within(clock, 100, wait(real, answerMs).then(() => "answer")).then((value) =>
      said = value
    );
    skipped = 10_000; // the host stood still; the answer may be there, unread
    await real.run(() => said !== undefined);
    assert.equal(said, expected);
  }
});
