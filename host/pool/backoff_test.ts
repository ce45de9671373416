// Waits between boots that fail.

import assert from "node:assert/strict";
import { backoffMs } from "./backoff.ts";

const options = { firstMs: 100, longestMs: 5000 };

Deno.test("waits double up to the longest", () => {
  const waits = [0, 1, 2, 3, 6, 7, 8, 5000].map((failures) => backoffMs(failures, options, 0));
  assert.deepEqual(waits, [0, 100, 200, 400, 3200, 5000, 5000, 5000]);
});

Deno.test("chance shortens a wait by up to a quarter", () => {
  assert.equal(backoffMs(2, options, 0.5), 175);
  assert.ok(backoffMs(9, options, 0.999) > 3750);
});
