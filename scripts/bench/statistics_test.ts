import assert from "node:assert/strict";
import fc from "fast-check";
import { ratioOf, summarize } from "./statistics.ts";

Deno.test("summary: all rounds together, missing ones left out", () => {
  assert.deepEqual(summarize([[1, 2], undefined, [3]]), { count: 3, p50: 2, p99: 2.98 });
});

Deno.test("ratio: too few rounds claim no interval", () => {
  assert.deepEqual(ratioOf([[2], [2], [2]], [[1], [1], [1]]), { value: 2 });
  // There are four rounds, but only three in which both were measured.
  assert.deepEqual(ratioOf([[2], [2], [2], [2]], [[1], [1], [1]]), { value: 2 });
});

Deno.test("ratio: noise that hits a whole round hits both, and the interval stays narrow", () => {
  const slow = [1, 1, 4, 1, 1, 4, 1, 1, 1, 1];
  const own = slow.map((factor) => [2 * factor, 2.1 * factor, 1.9 * factor]);
  const peer = slow.map((factor) => [factor, 1.05 * factor, 0.95 * factor]);
  const { value, low, high } = ratioOf(own, peer);
  assert.equal(value, 2);
  assert.ok(low! > 1.8 && high! < 2.2, `${low} to ${high}`);
  assert.deepEqual(ratioOf(own, peer), { value, low, high }, "the same samples, the same interval");
});

Deno.test("ratio: rounds that disagree make the interval wide, however many samples each has", () => {
  const many = (value: number) => Array.from({ length: 100 }, () => value);
  const own = [many(1), many(3), many(1), many(3), many(1), many(3)];
  const { low, high } = ratioOf(own, own.map(() => many(1)));
  assert.ok(high! / low! > 2, `${low} to ${high}`);
});

Deno.test("ratio: the interval lies within the smallest and largest ratio there can be", () => {
  const samples = fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), {
    minLength: 1,
    maxLength: 5,
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(samples, samples), { minLength: 4 }), (rounds) => {
      const own = rounds.map(([samples]) => samples);
      const peer = rounds.map(([, samples]) => samples);
      const { low, high } = ratioOf(own, peer);
      const least = Math.min(...own.flat()) / Math.max(...peer.flat());
      const most = Math.max(...own.flat()) / Math.min(...peer.flat());
      assert.ok(low! <= high!);
      assert.ok(low! >= least * (1 - 1e-9) && high! <= most * (1 + 1e-9));
    }),
    { numRuns: 20 },
  );
});
