// A pool's machines in virtual time: which are replaced, and what is said where none can come.

import assert from "node:assert/strict";
import { seededRandom } from "../simulate/random.ts";
import { VirtualClock } from "../simulate/virtual_clock.ts";
import { wait } from "./clock.ts";
import type { PoolEvent } from "./events.ts";
import type { JobClient } from "./machine_source.ts";
import { Pool } from "./pool.ts";
import { FaultyMachines, noFaults as none } from "./testing/faulty_machines.ts";

/** Virtual time after which a test has failed. */
const LIMIT_MS = 600_000;

Deno.test("machines that hang while nobody uses them are found out and replaced", async () => {
  const clock = new VirtualClock();
  const machines = new FaultyMachines(clock, seededRandom(9), { ...none, hangs: 1 });
  const died: string[] = [];
  const pool = new Pool<JobClient>({
    ...{ machines, size: 2, recycling: "never", clock, random: seededRandom(10) },
    health: { everyMs: 500, answerMs: 300 },
    onEvent: (event) => event.type === "died" && died.push(event.why),
  });
  const end = clock.now() + 30_000;
  await clock.run(() => clock.now() >= end);
  // Each lives for a second, and is found out in less than another.
  assert.ok(died.length >= 20, `${died.length} found`);
  assert.deepEqual(new Set(died), new Set(["gave no sign of life for 300 ms"]));
  let closed = false;
  void pool[Symbol.asyncDispose]().then(() => closed = true);
  await clock.run(() => closed, LIMIT_MS);
  assert.equal(machines.alive, 0);
});

Deno.test("who waits for machines that cannot come is told why", async () => {
  const clock = new VirtualClock();
  const options = { size: 1, clock, random: seededRandom(11) };
  const machines = new FaultyMachines(clock, seededRandom(12), { ...none, bootFails: 1 });
  const pool = new Pool<JobClient>({ ...options, machines });
  const ready = assert.rejects(pool.ready(), /No machine can be started: it does not boot/);
  await clock.run(() => pool.status().counts.bootsFailed === 6, LIMIT_MS);
  await ready;
  let closed = false;
  void pool[Symbol.asyncDispose]().then(() => closed = true);
  await clock.run(() => closed, LIMIT_MS);
  await assert.rejects(pool.ready(), /has ended/);

  const full = Object.assign(new FaultyMachines(clock, seededRandom(13), none), {
    open: () => Promise.reject(new Error("the disk is full")),
  });
  const unopened = new Pool<JobClient>({ ...options, machines: full });
  const run = { language: "sh", code: "" };
  await assert.rejects(unopened.run(run).result, /can be started: the disk is full/);
  await assert.rejects(unopened.run(run).result, /the disk is full/);
  await assert.rejects(unopened.ready(), /the disk is full/);
  await unopened[Symbol.asyncDispose]();
});

Deno.test("nobody waits for more machines than there are", async () => {
  const clock = new VirtualClock();
  const machines = new FaultyMachines(clock, seededRandom(14), none);
  const pool = new Pool<JobClient>({ machines, size: 2, clock });
  let over = false;
  const all = (async () => {
    for (const count of [3, 1.5, -1, NaN]) {
      const asked = Promise.race([pool.ready(count), wait(clock, LIMIT_MS)]);
      await assert.rejects(asked, /TypeError: Cannot wait for .* machines: the pool has 2/);
    }
    await pool.ready(2);
    await pool[Symbol.asyncDispose]();
  })().finally(() => over = true);
  all.catch(() => {});
  await clock.run(() => over);
  await all;
});

Deno.test("a snapshot from which nothing can be restored is made anew, less and less often", async () => {
  const clock = new VirtualClock();
  const machines = new FaultyMachines(clock, seededRandom(15), none);
  const events: PoolEvent[] = [];
  const begin = clock.now();
  const pool = new Pool<JobClient>({
    ...{ machines, size: 2, recycling: "restored", clock, random: () => 0 },
    boots: { giveUpAfter: 20 },
    onEvent: (event) => events.push(event),
  });
  const program = { language: "sh", code: "x" };
  let over = false;
  const all = (async () => {
    for (const bad of [1, 2, 3]) machines.spoiled.add(`snapshot ${bad}`);
    await pool.ready(2);
    const failed = events.flatMap((event) => event.type === "boot_failed" ? [event] : []);
    assert.deepEqual(failed.map(({ failures }) => failures), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.ok(failed.every(({ why }) => why === "it cannot be made new"));
    assert.deepEqual([...machines.snapshots], ["snapshot 4"], "those that are no use are removed");
    // 250 ms, and twice as much each time, up to 30 s.
    assert.ok(clock.now() - begin > 250 * (2 ** 7 - 1) + 2 * 30_000);
    assert.equal((await pool.run(program).result).status, "exited");
    // One that goes bad while a machine lives from it: the files stay for as long as that does.
    const lease = await pool.lease();
    machines.spoiled.add("snapshot 4");
    await pool.run(program).result;
    await pool.ready();
    assert.deepEqual([...machines.snapshots], ["snapshot 4", "snapshot 5"]);
    await lease.release();
    await wait(clock, 1000);
    assert.deepEqual([...machines.snapshots], ["snapshot 5"]);
    await pool[Symbol.asyncDispose]();
  })().finally(() => over = true);
  all.catch(() => {});
  await clock.run(() => over, LIMIT_MS);
  await all;
});

Deno.test("a connection may take as long as a sign of life, and never less than 5 s", async () => {
  for (const [answerMs, expected] of [[300, 5000], [40_000, 40_000]]) {
    const clock = new VirtualClock();
    const machines = new FaultyMachines(clock, seededRandom(16), none);
    const limits: unknown[] = [];
    const make = machines.make;
    machines.make = () => {
      const machine = make();
      const connect = machine.connect.bind(machine);
      return Object.assign(machine, {
        connect(options?: { timeoutMs?: number }) {
          limits.push(options?.timeoutMs);
          return connect();
        },
      });
    };
    const options = { machines, size: 1, recycling: "never", clock } as const;
    const pool = new Pool<JobClient>({ ...options, health: { answerMs } });
    let over = false;
    const all = (async () => {
      await pool.run({ language: "sh", code: "x" }).result;
      await pool.ready();
      await pool[Symbol.asyncDispose]();
    })().finally(() => over = true);
    await clock.run(() => over, LIMIT_MS);
    await all;
    assert.deepEqual(limits, [expected, expected, expected]); // two at first, one for the next job
  }
});
