// Which machine is used again.

import assert from "node:assert/strict";
import { checkRecycling, type Recycling, whyReplaced } from "./recycling.ts";

const why = (recycling: Recycling, runs: number, ageMs = 0, memoryMib: number | null = null) =>
  whyReplaced(recycling, { ageMs: 1000, memoryMib: 100 }, { runs, ageMs, memoryMib });

Deno.test("fresh and restored machines have one job; others as many as is said", () => {
  for (const recycling of ["fresh", "restored"] as const) {
    assert.equal(why(recycling, 0), null);
    assert.equal(why(recycling, 1), "had its job");
  }
  assert.equal(why({ afterRuns: 3 }, 2), null);
  assert.equal(why({ afterRuns: 3 }, 3), "had 3 jobs");
  assert.equal(why("never", 1_000_000), null);
});

Deno.test("age and memory end any machine", () => {
  assert.equal(why("never", 0, 999, 100), null);
  assert.equal(why("never", 0, 1000), "is old");
  assert.equal(why("never", 0, 0, 100.6), "uses 101 MiB");
  assert.equal(whyReplaced("never", {}, { runs: 1, ageMs: 1e12, memoryMib: 1e6 }), null);
});

Deno.test("a number of runs that is none is refused", () => {
  for (const afterRuns of [0, -1, 1.5, NaN]) {
    assert.throws(() => checkRecycling({ afterRuns }), TypeError);
  }
  checkRecycling({ afterRuns: 1 });
  checkRecycling("never");
});
