// Virtual time: order, cancelling, and that promises are done before time passes.

import assert from "node:assert/strict";
import fc from "fast-check";
import { wait } from "../pool/clock.ts";
import { VirtualClock } from "./virtual_clock.ts";

Deno.test("timers fire in order of their times, and then of their making", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(20), { maxLength: 60 }), async (times) => {
      const clock = new VirtualClock(0);
      const fired: [number, number][] = [];
      const cancels = times.map((ms, index) =>
        clock.after(ms, () => fired.push([clock.now(), index]))
      );
      for (const [index, cancel] of cancels.entries()) if (index % 3 === 0) cancel();
      await clock.run(() => false);
      const expected = times.map((ms, index) => [ms, index] as [number, number])
        .filter(([, index]) => index % 3 !== 0)
        .toSorted(([a, i], [b, j]) => a - b || i - j);
      assert.deepEqual(fired, expected);
    }),
    { numRuns: 30 },
  );
});

Deno.test("what is done in steps is done before time passes", async () => {
  const clock = new VirtualClock(1000);
  let seen = 0;
  void (async () => {
    await wait(clock, 5);
    for (let step = 0; step < 500; step++) await null;
    seen = clock.now();
  })();
  clock.after(6, () => assert.equal(seen, 1005));
  await clock.run(() => clock.now() === 1006);
  assert.equal(seen, 1005);
  assert.throws(() => clock.after(-1, () => {}), RangeError);
  const tick = () => void clock.after(10, tick);
  tick();
  await assert.rejects(clock.run(() => false, 100), /Not done after 100 ms/);
});
