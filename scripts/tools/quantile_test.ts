// Quantiles: of any order, between neighbours, of nothing.

import assert from "node:assert/strict";
import { median, quantile } from "./quantile.ts";

Deno.test("quantile: between neighbours, of any order, of nothing", () => {
  assert.equal(quantile([4, 1, 3, 2], 0.5), 2.5);
  assert.equal(quantile([3, 1, 2], 0.5), 2);
  assert.equal(quantile([10, 20], 0.99), 19.9);
  assert.equal(quantile([7], 0.99), 7);
  assert.ok(Number.isNaN(quantile([], 0.5)));
  // Sorted as numbers, not as text: 9 is below 10.
  assert.equal(quantile([10, 9, 11], 0), 9);
});

Deno.test("median: the one in the middle, or between the two", () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([4, 1, 3, 2]), 2.5);
});
