// Who is below a process, found in three ways.

import assert from "node:assert/strict";
import { byLists, byLooking, descendants, sharedLook } from "./descendants.ts";
import { familyOf, identityOf } from "./processes.ts";

/** Runs `body` with a shell that has a child with two children. */
async function withFamily(body: (pid: number) => void | Promise<void>): Promise<void> {
  const child = new Deno.Command("sh", {
    args: ["-c", "sh -c 'sleep 60 & sleep 60 & wait; :' & wait; :"],
    stdin: "null",
    detached: true,
  }).spawn();
  try {
    for (let tries = 0; tries < 1000 && byLooking([child.pid]).length < 3; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await body(child.pid);
  } finally {
    Deno.kill(-child.pid, "SIGKILL");
    await child.status;
  }
}

const sorted = (found: readonly { pid: number }[]) => found.toSorted((a, b) => a.pid - b.pid);

Deno.test("all ways find the same family, parents before their children", () =>
  withFamily(async (pid) => {
    const looked = byLooking([pid]);
    assert.equal(looked.length, 3);
    assert.deepEqual(looked[0], identityOf(looked[0].pid));
    for (const found of [byLists([pid]), descendants(pid), await familyOf([pid])]) {
      assert.deepEqual(sorted(found), sorted(looked));
      assert.equal(found[0].pid, looked[0].pid);
    }
    const all = await sharedLook();
    for (const { pid, start } of looked) {
      assert.ok(all.some((one) => one.pid === pid && one.start === start));
    }
  }));

Deno.test("the kernel's lists are read for the family alone", () =>
  withFamily((pid) => {
    const family = new Set([pid, ...byLooking([pid]).map((one) => one.pid)]);
    const read = new Set<number>();
    const { readTextFileSync, readDirSync } = Deno;
    const seen =
      <Path extends string | URL, Value>(real: (path: Path) => Value) => (path: Path) => {
        read.add(Number(/^\/proc\/(\d+)\//.exec(`${path}`)?.[1] ?? 0));
        return real(path);
      };
    Object.assign(Deno, {
      readTextFileSync: seen(readTextFileSync),
      readDirSync: seen(readDirSync),
    });
    try {
      byLists([pid]);
    } finally {
      Object.assign(Deno, { readTextFileSync, readDirSync });
    }
    assert.deepEqual([...read].toSorted(), [...family].toSorted());
  }));

Deno.test("all who ask during one look share it", async () => {
  const [one, other] = [sharedLook(), sharedLook()];
  assert.equal(one, other);
  await one;
  const later = sharedLook();
  assert.notEqual(later, one);
  await later;
});
