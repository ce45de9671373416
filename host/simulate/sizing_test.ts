// Sizes: they serve in time, and no more would.

import assert from "node:assert/strict";
import { measuredTimes } from "./measured.ts";
import { responseQuantile } from "./paper_model.ts";
import { heldTime, sizeOf, type SizingOptions, tried } from "./sizing.ts";

const options: SizingOptions = {
  ...{
    rate: 1000,
    limitMs: 250,
    part: 0.99,
    times: measuredTimes,
    recycling: "never",
    mostBusy: 1,
  },
};

Deno.test("the size found is in time, and a little more load is not", () => {
  const held = heldTime(measuredTimes, "never");
  for (const machines of [1, 10, 100]) {
    const { rate, busy, hosts } = sizeOf(machines, options);
    const late = (load: number) =>
      responseQuantile({ machines, rate: load, held }, measuredTimes.run, 0.99);
    assert.ok(late(rate) <= 250 && late(rate * 1.002) > 250, `${machines}: ${rate}`);
    assert.ok(busy > 0 && busy < 1);
    assert.equal(hosts, Math.ceil(1000 / rate));
  }
});

Deno.test("more machines share better; what no machine can do, none is for", () => {
  const busy = [1, 10, 100, 1000].map((machines) => sizeOf(machines, options).busy);
  assert.deepEqual(busy, busy.toSorted((a, b) => a - b));
  assert.ok(busy[0] < 0.6 && busy[3] > 0.95, busy.join());
  const never = sizeOf(10, { ...options, limitMs: 50 });
  assert.deepEqual([never.rate, never.hosts], [0, Infinity]);
  const calm = sizeOf(100, { ...options, mostBusy: 0.8 });
  assert.deepEqual([calm.busy.toFixed(6), calm.bound], ["0.800000", "busy"]);
  assert.equal(sizeOf(1, { ...options, mostBusy: 0.8 }).bound, "time");
  const bound = sizeOf(100, { ...options, mostOfHost: 30 });
  assert.deepEqual([bound.rate, bound.bound, bound.hosts], [30, "processors", 34]);
});

Deno.test("a machine is held longest where each job has a new one", () => {
  const [never, some, fresh] = (["never", { afterRuns: 10 }, "fresh"] as const)
    .map((recycling) => heldTime(measuredTimes, recycling).mean);
  const { run, renew, boot, end } = measuredTimes;
  assert.equal(never, run.mean + renew.mean);
  assert.equal(fresh, run.mean + boot.mean + end.mean);
  assert.ok(Math.abs(some - (never * 0.9 + fresh * 0.1)) < 1e-9);
});

for (const recycling of ["never", "fresh"] as const) {
  Deno.test(`${recycling}: what paper promises is nearly so, and what was tried is`, async () => {
    const own = { ...options, recycling, limitMs: 280 };
    const size = sizeOf(20, own);
    assert.ok(Math.abs(size.paperMs - 280) < 1);
    const { rate, busy, seenMs, hosts } = await tried(size, own, 50_000, 8);
    assert.ok(rate > 0.7 * size.rate && rate <= size.rate, `${rate}, paper ${size.rate}`);
    assert.ok(seenMs <= 280 && seenMs > 230, `${seenMs}`);
    assert.ok(Math.abs(busy / size.busy - rate / size.rate) < 1e-9);
    assert.equal(hosts, Math.ceil(1000 / rate));
  });
}
