import assert from "node:assert/strict";
import { Turns } from "./turns.ts";

Deno.test("calls go one after another, also after one that failed", async () => {
  const turns = new Turns();
  const said: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turns.take(async () => {
    await gate.promise;
    said.push("first");
    throw new Error("its own");
  });
  const second = turns.take(() => Promise.resolve(said.push("second")));
  const over = turns.over().then(() => said.push("over"));
  await Promise.resolve();
  assert.deepEqual(said, []);
  gate.resolve();
  await assert.rejects(first, /its own/);
  assert.equal(await second, 2);
  await over;
  assert.deepEqual(said, ["first", "second", "over"]);
});
