import assert from "node:assert/strict";
import { burstOf } from "./burst.ts";

const ms = (value: number) => BigInt(value * 1e6);
const run = (stamp: number, end: number) => ({ stamp: ms(stamp), end: ms(end) });

Deno.test("burst: the first from its request, the last from the end of the one before it", () => {
  const runs = [run(10.5, 11), run(11.7, 12), run(12.6, 13), run(13.75, 14)];
  assert.deepEqual(burstOf(ms(10), runs), { first: 0.5, last: 0.75 });
});

Deno.test("burst: the last one may begin before the client has seen the one before it end", () => {
  assert.equal(burstOf(ms(10), [run(11, 12.5), run(12.25, 13)]).last, -0.25);
});

Deno.test("burst: runs in another order, or with stamps of other runs, are no samples", () => {
  const wrong = [
    [run(10.5, 11), run(13, 14), run(12, 13)], // another order
    [run(9, 11), run(12, 13)], // a stamp from before the requests
    [run(10.5, 11), run(13, 12)], // a stamp from after its own end
  ];
  for (const runs of wrong) assert.throws(() => burstOf(ms(10), runs), /Cannot read a burst/);
});
