import assert from "node:assert/strict";
import fc from "fast-check";
import { TokenBucket } from "./token_bucket.ts";

Deno.test("a full bucket gives all at once, then one after each share of a minute", () => {
  const bucket = new TokenBucket(60, 0);
  for (let count = 0; count < 60; count++) assert.equal(bucket.take(0), 0);
  assert.equal(bucket.take(0), 1);
  assert.equal(bucket.take(500), 0.5);
  assert.equal(bucket.take(1000), 0);
  assert.equal(bucket.take(1000), 1);
});

Deno.test("in no span are more taken than were in it and came in", () => {
  const steps = fc.array(fc.integer({ min: -50, max: 5000 }), { maxLength: 200 });
  fc.assert(fc.property(fc.integer({ min: 1, max: 300 }), steps, (perMinute, waits) => {
    const bucket = new TokenBucket(perMinute, 0);
    let [now, latest, taken] = [0, 0, 0];
    for (const wait of waits) {
      now += wait;
      latest = Math.max(latest, now);
      const seconds = bucket.take(now);
      assert.ok(seconds >= 0 && seconds <= 60 / perMinute);
      if (seconds === 0) taken++;
      assert.ok(taken <= perMinute + latest * perMinute / 60_000 + 1e-6);
    }
  }));
});
