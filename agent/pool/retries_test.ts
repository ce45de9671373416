import assert from "node:assert/strict";
import { FatalError } from "../core/fatal.ts";
import { FIRST_MS, MAX_RETRIES, Retries } from "./retries.ts";

/** Retries on a clock of this test's own: `pass` lets time go on to the next try. */
function onOwnClock() {
  const clock = { at: 0 };
  const waits: { delayMs: number; call: () => void }[] = [];
  const after = (delayMs: number, call: () => void) => {
    waits.push({ delayMs, call });
    return { at: 0, call };
  };
  const retries = new Retries({ after }, () => clock.at);
  const pass = () => {
    const { delayMs, call } = waits.shift()!;
    clock.at += delayMs;
    call();
    return delayMs;
  };
  return { retries, clock, waits, pass };
}

const noMemory = { step: "mount /tmp", errno: "ENOMEM" };

Deno.test("what may pass is tried again, each time after twice as long, and then ends the agent", () => {
  const { retries, pass } = onOwnClock();
  const delays: number[] = [];
  let tries = 0;
  for (let count = 0; count < MAX_RETRIES; count++) {
    retries.failed(noMemory, () => tries++);
    assert.ok(retries.waiting);
    delays.push(pass());
    assert.ok(!retries.waiting);
  }
  assert.deepEqual(delays, Array.from({ length: MAX_RETRIES }, (_, n) => FIRST_MS * 2 ** n));
  assert.equal(tries, MAX_RETRIES);
  assert.throws(
    () => retries.failed(noMemory, () => {}),
    new FatalError("Cannot mount /tmp: ENOMEM, 9 times in a row"),
  );
});

Deno.test("what does not pass ends the agent at once", () => {
  const { retries } = onOwnClock();
  const refused = { step: "mount /proc", errno: "EPERM" };
  assert.throws(
    () => retries.failed(refused, () => {}),
    /^FatalError: Cannot mount \/proc: EPERM$/,
  );
});

Deno.test("a success, or a long time, ends the row of failures", () => {
  const { retries, clock, pass } = onOwnClock();
  const first = () => {
    retries.failed(noMemory, () => {});
    return pass();
  };
  assert.deepEqual([first(), first()], [FIRST_MS, 2 * FIRST_MS]);
  retries.succeeded();
  assert.deepEqual([first(), first()], [FIRST_MS, 2 * FIRST_MS]);
  clock.at += 60_000;
  assert.equal(first(), FIRST_MS);
});

Deno.test("sandboxes that are made and then go by themselves are a row too", () => {
  const { retries, pass } = onOwnClock();
  const gone = { step: "keep a prepared sandbox", errno: "EPIPE" };
  const go = () => {
    retries.failed(gone, () => {}, true);
    const delay = pass();
    retries.succeeded();
    return delay;
  };
  assert.deepEqual([go(), go()], [FIRST_MS, 2 * FIRST_MS]);
  for (let count = 2; count < MAX_RETRIES; count++) go();
  assert.throws(go, /9 times in a row/);
});

Deno.test("a job that has run ends that row", () => {
  const { retries, pass } = onOwnClock();
  const gone = { step: "keep a prepared sandbox", errno: "EPIPE" };
  for (let count = 0; count < 3 * MAX_RETRIES; count++) {
    retries.failed(gone, () => {}, true);
    assert.equal(pass(), FIRST_MS * 2 ** (count % MAX_RETRIES));
    retries.succeeded();
    if (count % MAX_RETRIES === MAX_RETRIES - 1) retries.worked();
  }
});

Deno.test("two failures at once are one try", () => {
  const { retries, waits } = onOwnClock();
  let tries = 0;
  retries.failed(noMemory, () => tries++);
  retries.failed(noMemory, () => tries++);
  assert.equal(waits.length, 1);
  waits[0].call();
  assert.equal(tries, 1);
});
