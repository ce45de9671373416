// The model, against values that can be had by other means.

import assert from "node:assert/strict";
import { Distribution } from "./distribution.ts";
import { erlangC, meanWait, responseQuantile, waitsLonger } from "./paper_model.ts";

const near = (seen: number, expected: number, part = 1e-9) =>
  assert.ok(Math.abs(seen - expected) <= part * Math.abs(expected), `${seen}, not ${expected}`);

/** Erlang C as its formula stands, with factorials. */
function slowErlangC(machines: number, offered: number): number {
  const term = (count: number) =>
    Array.from({ length: count }, (_, index) => offered / (index + 1)).reduce((a, b) => a * b, 1);
  const last = term(machines) * machines / (machines - offered);
  const sum = Array.from({ length: machines }, (_, count) => term(count)).reduce(
    (a, b) => a + b,
    0,
  );
  return last / (sum + last);
}

Deno.test("Erlang C is its formula, and stays a chance for a thousand machines", () => {
  near(erlangC(1, 0.7), 0.7); // one machine: a wait is as likely as that it is busy
  for (const [machines, offered] of [[2, 1], [10, 8], [50, 45.5], [100, 30]]) {
    near(erlangC(machines, offered), slowErlangC(machines, offered), 1e-9);
  }
  const many = erlangC(1000, 990);
  assert.ok(many > 0.5 && many < 0.9, `${many}`);
  assert.equal(erlangC(5, 5), 1);
});

Deno.test("one machine: the wait of Pollaczek and Khinchine, exactly", () => {
  for (const scv of [0, 0.5, 1, 4]) {
    const load = { machines: 1, rate: 80, held: { mean: 10, scv } };
    near(meanWait(load), 0.8 / 0.2 * 10 * (1 + scv) / 2);
  }
  assert.equal(meanWait({ machines: 1, rate: 101, held: { mean: 10, scv: 1 } }), Infinity);
});

Deno.test("waits add up to their mean, and a response is a wait and a run", () => {
  const load = { machines: 4, rate: 36, held: { mean: 100, scv: 0.5 } };
  let sum = 0;
  for (let ms = 0; ms < 20_000; ms++) sum += waitsLonger(load, ms + 0.5);
  near(sum, meanWait(load), 1e-3);
  const run = Distribution.of([100]);
  const response = responseQuantile(load, run, 0.99);
  near(waitsLonger(load, response - 100), 0.01, 0.02);
  near(responseQuantile({ ...load, rate: 0.001 }, run, 0.99), 100, 2e-3);
});
