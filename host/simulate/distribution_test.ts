// Distributions: moments, quantiles, samples.

import assert from "node:assert/strict";
import { Distribution } from "./distribution.ts";
import { exponential, seededRandom } from "./random.ts";

Deno.test("moments of even times, of equal times, of exponential times", () => {
  const even = new Distribution([[0, 0], [1, 12]]);
  assert.deepEqual([even.mean, even.quantile(0.25)], [6, 3]);
  assert.ok(Math.abs(even.scv - 1 / 3) < 1e-12);
  assert.equal(Distribution.of([5]).scv, 0);
  const random = seededRandom(1);
  const times = Array.from({ length: 100_000 }, () => exponential(7, random));
  const { mean, scv } = Distribution.of(times);
  assert.ok(Math.abs(mean - 7) < 0.1 && Math.abs(scv - 1) < 0.03, `${mean} ${scv}`);
});

Deno.test("samples have the distribution's moments", () => {
  const random = seededRandom(2);
  const one = new Distribution([[0, 1], [0.5, 2], [0.9, 4], [1, 100]]);
  const again = Distribution.of(Array.from({ length: 100_000 }, () => one.sample(random)));
  assert.ok(Math.abs(again.mean / one.mean - 1) < 0.02, `${again.mean} ${one.mean}`);
  assert.ok(Math.abs(again.scv / one.scv - 1) < 0.05, `${again.scv} ${one.scv}`);
});

Deno.test("points that do not rise are refused", () => {
  for (
    const points of [[], [[0, 1]], [[0, 2], [1, 1]], [[0.1, 1], [1, 2]]] as [number, number][][]
  ) {
    assert.throws(() => new Distribution(points), TypeError);
  }
});
