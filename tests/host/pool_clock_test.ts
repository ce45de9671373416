// The host's time of day is set while a pool works: what waits, what is measured and what is told
// goes by a clock that nobody sets.

import assert from "node:assert/strict";
import { createMachine } from "../../host/machine/create_machine.ts";
import { standInProgram } from "../../host/machine/testing/stand_in_program.ts";
import { leavesNothing } from "./leaves_nothing.ts";
import { refuses, sh, staged } from "./pool_stage.ts";
import { HOUR_MS, SteppedDate } from "./stepped_date.ts";

Deno.test("steps of the time of day end no wait early, and none late", async () => {
  using date = new SteppedDate();
  await staged(
    { wear: { ageMs: HOUR_MS / 2 }, health: { everyMs: 50 } },
    async ({ pool, events }) => {
      using _swing = date.swing();
      await pool.ready();
      const runs = pool.run(sh("sleep 3"));
      await runs.began;
      const start = performance.now();
      const late = pool.run({ ...sh("true"), deadlineMs: 500 });
      const patient = pool.run({ ...sh("true"), deadlineMs: 60_000 });
      await assert.rejects(late.result, refuses("deadline"));
      const tookMs = performance.now() - start;
      assert.ok(tookMs >= 490 && tookMs < 2900, `the deadline of 500 ms came after ${tookMs} ms`);
      await runs.result;
      const { waitedMs, machine } = await patient.result;
      assert.ok(waitedMs > 500 && waitedMs < 30_000, `it waited ${waitedMs} ms`);
      assert.equal(machine, "1", "the machine is not old");

      await using lease = await pool.lease({ limitMs: 30_000 });
      const { ageMs, silentMs } = pool.status().machines[0];
      assert.ok(ageMs > 0 && ageMs < 60_000 && silentMs >= 0 && silentMs < 30_000);
      await lease.client.ping();
      const times = events.map(({ at }) => at);
      assert.deepEqual(times, times.toSorted((a, b) => a - b), "events are in order");
      for (const event of events) {
        if (event.type === "ended") assert.ok(event.ranMs >= 0 && event.ranMs < 30_000);
      }
    },
  );
});

Deno.test("the pause after a boot that failed goes by the same clock", async () => {
  using date = new SteppedDate();
  const boots = { backoff: { firstMs: 600, longestMs: 600 }, giveUpAfter: 2 };
  const host = { image: { agent: ["/bin/sh", "-c", "exit 3"] } };
  await staged({ boots, host }, async ({ pool, events }) => {
    using _swing = date.swing();
    const start = performance.now();
    await assert.rejects(pool.run(sh("true")).result, refuses("no_machine"));
    const tookMs = performance.now() - start;
    assert.ok(tookMs > 400 && tookMs < 20_000, `it took ${tookMs} ms`);
    assert.equal(events.filter(({ type }) => type === "boot_failed").length, 2);
  });
});

Deno.test("a monitor that is waited for has its time, however the time of day is set", () =>
  leavesNothing(async (directory) => {
    using date = new SteppedDate();
    const program = await standInProgram(directory, "firecracker");
    await Deno.writeTextFile(`${directory}/vmlinux`, "works");
    await using machine = createMachine({
      ...{ monitor: "firecracker", program, cid: 3, memoryMib: 512, cpus: 1, readyMs: 20_000 },
      image: { kernel: `${directory}/vmlinux` },
      directory: `${directory}/m`,
    });
    using _swing = date.swing(5);
    await machine.start();
    await using client = await machine.connect();
    assert.equal((await client.run(sh("true")).result).status, "exited");
  }));
