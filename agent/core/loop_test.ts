import assert from "node:assert/strict";
import { closeFd, dup3, pipe2, writeFd } from "../../linux/fd.ts";
import { Loop } from "./loop.ts";

Deno.test("an event of a descriptor that was closed is not given to the next one of its number", () => {
  const loop = new Loop();
  const pipes = [pipe2(), pipe2()];
  const [idle, idleEnd] = pipe2();
  const called: string[] = [];
  // Both are readable in the same turn: the first handler puts another pipe at the other's number.
  pipes.forEach(([fd], index) => {
    const [other] = pipes[1 - index];
    loop.watch(fd, () => {
      called.push("first");
      loop.unwatch(other);
      dup3(idle, other);
      loop.watch(other, () => called.push("stale"));
    });
  });
  for (const [, end] of pipes) writeFd(end, new Uint8Array(1));
  loop.turn(0);
  loop.turn(0);
  assert.deepEqual(called, ["first"]);
  writeFd(idleEnd, new Uint8Array(1));
  loop.turn(0);
  assert.deepEqual(called, ["first", "stale"], "its own event is");
  for (const fd of [...pipes.flat(), idle, idleEnd]) {
    loop.unwatch(fd);
    closeFd(fd);
  }
  loop.close();
});

Deno.test("timers are called in their time, once, and not when they were cancelled", () => {
  const loop = new Loop();
  const called: string[] = [];
  loop.after(0, () => called.push("now"));
  loop.cancel(loop.after(0, () => called.push("never")));
  loop.after(20, () => called.push("later"));
  loop.turn();
  assert.deepEqual(called, ["now"]);
  loop.turn();
  loop.turn(0);
  assert.deepEqual(called, ["now", "later"]);
  loop.close();
});
