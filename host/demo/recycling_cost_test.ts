import assert from "node:assert/strict";
import { bootsPerRestore, costLine } from "./recycling_cost.ts";

Deno.test("a way's cost in a line, with the reasons of failures once each", () => {
  const cost = { ready: [9000, 1000, 3000], ran: [500, 700], wallMs: 61_400, offMs: 12.4 };
  assert.equal(
    costLine("fresh", { ...cost, late: 0, failures: [] }),
    "fresh: 2 jobs in 61 s; 3 machines, ready after 3.0 s (1.0 to 9.0); " +
      "a job 0.7 s (0.5 to 0.7); clocks at most 12 ms wrong",
  );
  const none = { ready: [], ran: [], wallMs: 0, offMs: 0, late: 4, failures: ["a", "b", "a"] };
  assert.equal(
    costLine("never", none),
    "never: 0 jobs in 0 s; 0 machines, ready after -; a job -; clocks at most 0 ms wrong; " +
      "no time for 4 more; 3 failed\n  a\n  b",
  );
});

Deno.test("a boot beside a restore", () => {
  assert.equal(bootsPerRestore([8, 2, 6], [3]), 2);
  assert.equal(bootsPerRestore([], [3]), null);
  assert.equal(bootsPerRestore([8], []), null);
});
