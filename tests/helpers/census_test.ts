import assert from "node:assert/strict";
import { waitUntilGone, within } from "./agent.ts";
import { assertSettles, census, descendants, isAlive, marked, residentBytes } from "./census.ts";

Deno.test("census: sees children, grandchildren, strays and descriptors, and their end", async () => {
  const value = crypto.randomUUID();
  const before = census(Deno.pid);
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", "sleep 30 & (sleep 30 &) ; echo up; wait"],
    env: { CENSUS_MARK: value },
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  const below = descendants(child.pid);
  assert.ok(below.length >= 1, "the child of the child");
  const all = marked(`CENSUS_MARK=${value}`);
  assert.equal(all.length, 3, "the stray hangs elsewhere in the tree, and is found");
  assert.throws(() => assert.deepEqual(census(Deno.pid), before));
  await assert.rejects(assertSettles(Deno.pid, before, 50));
  assert.ok(residentBytes(child.pid) > 100_000);
  for (const pid of all) Deno.kill(pid, "SIGKILL");
  await reader.cancel();
  await child.status;
  assert.deepEqual(await waitUntilGone(all, 2000), []);
  assert.equal(isAlive(child.pid), false);
  await assertSettles(Deno.pid, before);
});

Deno.test("within: tells early from late", async () => {
  assert.equal(await within(1000, Promise.resolve()), true);
  assert.equal(await within(10, new Promise(() => {})), false);
});
