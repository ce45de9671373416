// Which machine a job gets: a new one, a restored one, a used one.

import assert from "node:assert/strict";
import { standInProgram } from "../../host/machine/testing/stand_in_program.ts";
import { leavesNothing } from "./leaves_nothing.ts";
import { printed, refuses, sh, staged, type StageOptions } from "./pool_stage.ts";

Deno.test("fresh: each job has a machine of its own", () =>
  staged({ recycling: "fresh", size: 2 }, async ({ pool, events }) => {
    const runs = Array.from({ length: 5 }, () => pool.run(sh("true")).result);
    const machines = (await Promise.all(runs)).map(({ machine }) => machine);
    assert.equal(new Set(machines).size, 5);
    const ends = events.filter((event) => event.type === "recycled");
    assert.deepEqual(
      new Set(ends.map(({ why, runs }) => `${why} ${runs}`)),
      new Set(["had its job 1"]),
    );
    assert.ok(pool.status().machines.length <= 2);
  }));

Deno.test("fresh: a job that is refused ends before its machine is told to", () =>
  staged({ recycling: "fresh" }, async ({ pool, events, happened }) => {
    await assert.rejects(pool.run({ language: "cobol", code: "" }).result, /"language"/);
    await happened("recycled");
    const order = events.flatMap(({ type }) => ["ended", "recycled"].includes(type) ? [type] : []);
    assert.deepEqual(order, ["ended", "recycled"]);
  }));

Deno.test("after so many runs: then another", () =>
  staged({ recycling: { afterRuns: 2 } }, async ({ pool }) => {
    const machines: string[] = [];
    for (let count = 0; count < 5; count++) {
      machines.push((await pool.run(sh("true")).result).machine);
    }
    assert.equal(machines.join(" "), "1 1 2 2 3");
  }));

Deno.test("never: the same machine, and a new sandbox for each job", () =>
  staged({}, async ({ pool }) => {
    await pool.run(sh("echo secret > note; sleep 60 & echo left")).result;
    const { machine, output } = await pool.run(sh("ls; ls /tmp")).result;
    assert.deepEqual([machine, printed({ output })], ["1", "main.sh"]);
  }));

Deno.test("an old machine is replaced while it waits, and one that uses much memory", () =>
  staged(
    { wear: { ageMs: 300 }, health: { everyMs: 50 } },
    async ({ happened }) => {
      const { why, machine, aliveMs } = await happened("recycled");
      assert.deepEqual([why, machine], ["is old", "1"]);
      assert.ok(aliveMs >= 300 && aliveMs < 2000);
      await happened("ready", (event) => event.machine === "2");
    },
  ).then(() =>
    staged({ wear: { memoryMib: 1 }, health: { everyMs: 50 } }, async ({ pool, happened }) => {
      await pool.ready();
      assert.match((await happened("recycled")).why, /^uses \d{2,} MiB$/);
    })
  ));

/** A pool of a stand-in for Firecracker, whose guest is a real agent. */
function restored(options: StageOptions, flags: string, body: Parameters<typeof staged>[1]) {
  return leavesNothing(async (directory) => {
    const program = await standInProgram(directory, "firecracker", flags);
    await Deno.writeTextFile(`${directory}/vmlinux`, "works");
    const image = { kernel: `${directory}/vmlinux` };
    const host = { monitor: "firecracker", program, image } as const;
    await staged({ recycling: "restored", ...options, host }, body);
  });
}

Deno.test("restored: one boot, one snapshot, and a machine from it for each job", () =>
  restored({ size: 2 }, "", async ({ pool, root }) => {
    const runs = Array.from({ length: 4 }, () => pool.run(sh("echo here")).result);
    const results = await Promise.all(runs);
    assert.equal(new Set(results.map(({ machine }) => machine)).size, 4);
    assert.deepEqual(results.map(printed), Array(4).fill("here"));
    const saved = [...Deno.readDirSync(root)].filter(({ name }) => name.endsWith("-s0"));
    assert.equal(saved.length, 1);
    assert.ok(![...Deno.readDirSync(root)].some(({ name }) => name.endsWith("-golden")));
  }));

Deno.test("restored: a machine that could not be made new gets no job", () =>
  restored(
    { boots: { backoff: { firstMs: 20, longestMs: 50 }, giveUpAfter: 2 } },
    "--keeps-reset",
    async ({ pool, events }) => {
      await assert.rejects(
        pool.run(sh("true")).result,
        refuses("no_machine", "no", /cannot make it new/),
      );
      assert.ok(events.every(({ type }) => type !== "began" && type !== "ready"));
    },
  ));

Deno.test("restored: a monitor that saves nothing is told at the first boot", () =>
  staged({ recycling: "restored" }, async ({ pool }) => {
    await assert.rejects(
      pool.run(sh("true")).result,
      refuses("no_machine", "no", /cannot be saved/),
    );
  }));
