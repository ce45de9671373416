// The line of runs that wait: first come, first served, and nobody is called twice.

import assert from "node:assert/strict";
import { Loop } from "../core/loop.ts";
import { WaitingLine } from "./waiting_line.ts";

function line() {
  const loop = new Loop();
  const said: string[] = [];
  const waiting = new WaitingLine<string>(loop);
  const join = (name: string, ms: number) =>
    waiting.join(name, ms, () => said.push(`${name} begins`), () => said.push(`${name} is late`));
  return { loop, said, waiting, join };
}

Deno.test("waiting line: first come, first served, one at a time", () => {
  const { loop, said, waiting, join } = line();
  for (const name of ["a", "b", "c"]) join(name, 10_000);
  waiting.next();
  assert.deepEqual([said, waiting.has("a"), waiting.has("b")], [["a begins"], false, true]);
  assert.equal(waiting.leave("b"), true);
  assert.equal(waiting.leave("b"), false);
  waiting.next();
  waiting.next(); // nobody is there
  assert.deepEqual(said, ["a begins", "c begins"]);
  loop.close();
});

Deno.test("waiting line: whoever is late leaves it, and only once", () => {
  const { loop, said, waiting, join } = line();
  join("short", 5);
  join("long", 10_000);
  while (said.length === 0) loop.turn(20);
  waiting.next();
  loop.turn(10);
  assert.deepEqual(said, ["short is late", "long begins"]);
  loop.close();
});
