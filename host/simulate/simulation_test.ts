// The pool's own code in virtual time, beside a queue in ten lines, and beside the model on paper.

import assert from "node:assert/strict";
import type { Recycling } from "../pool/recycling.ts";
import { Distribution } from "./distribution.ts";
import { meanWait } from "./paper_model.ts";
import { exponential, seededRandom } from "./random.ts";
import type { Times } from "./simulated_machine.ts";
import { simulate } from "./simulation.ts";

const none = Distribution.of([0]);
const random = seededRandom(3);
const exponentialTimes = Distribution.of(
  Array.from({ length: 20_000 }, () => exponential(100, random)),
);

const kinds: Readonly<Record<string, Distribution>> = {
  equal: Distribution.of([100]),
  even: new Distribution([[0, 0], [1, 200]]),
  exponential: exponentialTimes,
  "a few long": new Distribution([[0, 20], [0.9, 60], [1, 1200]]),
};

const timesOf = (run: Distribution): Times => ({ run, boot: none, renew: none, end: none });
const mean = (times: readonly number[]) => times.reduce((a, b) => a + b, 0) / times.length;

/**
 * The waits of the same jobs, by the recursion of Kiefer and Wolfowitz: who comes takes the machine
 * that is free first.
 */
function recursion(machines: number, rate: number, run: Distribution, jobs: number, seed: number) {
  const [arrivals, runs] = [seededRandom(seed), seededRandom(seed + 2)];
  const free = Array<number>(machines).fill(0);
  const waits: number[] = [];
  for (let at = 0; waits.length < jobs; at += exponential(1000 / rate, arrivals)) {
    const first = free.indexOf(Math.min(...free));
    const begins = Math.max(at, free[first]);
    free[first] = begins + run.sample(runs);
    waits.push(begins - at);
  }
  return waits;
}

for (const [kind, run] of Object.entries(kinds)) {
  for (const [machines, busy] of [[1, 0.7], [8, 0.7], [50, 0.9]] as const) {
    const name = `${machines} machines, ${kind} times, ${busy} busy`;
    Deno.test(`${name}: every job waits as long as in a queue of ten lines`, async () => {
      const rate = busy * machines / run.mean * 1000;
      const [jobs, seed] = [5000, 4];
      const options = { machines, rate, recycling: "never", times: timesOf(run), jobs } as const;
      const { waits, boots } = await simulate({ ...options, seed });
      const expected = recursion(machines, rate, run, jobs * 1.1, seed).slice(jobs / 10);
      assert.equal(boots, machines);
      assert.equal(waits.length, jobs);
      for (const [job, waited] of waits.entries()) {
        assert.ok(Math.abs(waited - expected[job]) < 0.01, `${job}: ${waited} ${expected[job]}`);
      }
    });

    Deno.test(`${name}: paper is right by a third`, () => {
      const rate = busy * machines / run.mean * 1000;
      const load = { machines, rate, held: run };
      const waited = mean(recursion(machines, rate, run, 400_000, 9));
      const expected = meanWait(load);
      assert.ok(Math.abs(waited / expected - 1) < 1 / 3, `mean wait ${waited}, paper ${expected}`);
    });
  }
}

Deno.test("a fresh machine for each job is held until the next has booted", async () => {
  const times = {
    run: Distribution.of([50]),
    boot: Distribution.of([140]),
    renew: none,
    end: Distribution.of([10]),
  };
  const recycling: Recycling = "fresh";
  const options = { machines: 10, rate: 40, recycling, times, jobs: 5000, seed: 5 };
  const { boots, waits, responses } = await simulate(options);
  assert.ok(boots >= 5500);
  const expected = recursion(10, 40, Distribution.of([200]), 5500, 5).slice(500);
  for (const [job, waited] of waits.entries()) {
    assert.ok(Math.abs(waited - expected[job]) < 0.01, `${job}: ${waited} ${expected[job]}`);
    assert.ok(Math.abs(responses[job] - waited - 50) < 0.01);
  }
});

Deno.test("a bounded line refuses under too much load, and serves the rest", async () => {
  const times = timesOf(Distribution.of([100]));
  const options = { machines: 2, rate: 40, recycling: "never", times, jobs: 10_000 } as const;
  const { failed, waits } = await simulate({ ...options, seed: 6, waiting: 10 });
  assert.ok(Math.abs(failed / 10_000 - 0.5) < 0.02, `${failed} of 10000 refused, not a half`);
  assert.ok(Math.max(...waits) <= 10 * 50 + 100);
});

Deno.test("the same seed gives the same times", async () => {
  const options = { machines: 3, rate: 20, recycling: "never", jobs: 500, seed: 7 } as const;
  const one = await simulate({ ...options, times: timesOf(kinds.even) });
  assert.deepEqual(await simulate({ ...options, times: timesOf(kinds.even) }), one);
});
