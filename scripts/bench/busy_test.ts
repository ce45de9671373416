import assert from "node:assert/strict";
import { busyIn, busyWhile } from "./busy.ts";

Deno.test("busy: all processors' user, nice, system, irq and softirq, not idle, iowait, steal, guest", () => {
  const stat = `cpu  1 20 300 4000000 50000000 4000 50000 600000000 7000000000 80000000000
cpu0 9 9 9 9 9 9 9 9 9 9
intr 1 2 3
`;
  assert.equal(busyIn(stat), 543210);
  assert.throws(() => busyIn("cpu0 1 2 3 4 5 6 7 8 9 10\n"), /Cannot read \/proc\/stat/);
});

Deno.test("busy: a processor that computes is counted, to a tick", async () => {
  const { busy, passed } = await busyWhile(() => {
    for (const end = performance.now() + 200; performance.now() < end;);
  });
  // Whoever else uses the machine adds to it, and takes from it what this process does not get.
  assert.ok(busy >= 100 && busy <= navigator.hardwareConcurrency * (passed + 120), `${busy} ms`);
  assert.ok(passed >= 200, `${passed} ms`);
});
