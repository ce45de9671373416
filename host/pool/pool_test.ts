// A pool in virtual time with machines that fail by chance: whatever happens, every caller is told the
// truth, and the pool goes on.

import assert from "node:assert/strict";
import { exponential, seededRandom } from "../simulate/random.ts";
import { VirtualClock } from "../simulate/virtual_clock.ts";
import { wait } from "./clock.ts";
import type { PoolEvent } from "./events.ts";
import type { JobClient } from "./machine_source.ts";
import { Pool } from "./pool.ts";
import { PoolError } from "./pool_error.ts";
import type { Recycling } from "./recycling.ts";
import { type Faults, FaultyMachines, noFaults as none } from "./testing/faulty_machines.ts";

const some: Faults = {
  ...{ bootFails: 0.1, bootHangs: 0.02, dies: 0.05, hangs: 0.05 },
  ...{ diesBefore: 0.02, diesDuring: 0.02, busy: 0.02, connectFails: 0.02 },
};
const recyclings: readonly Recycling[] = ["never", "fresh", "restored", { afterRuns: 3 }];

/** Virtual time after which a test has failed. */
const LIMIT_MS = 600_000;

/** What became of a run. */
interface Told {
  readonly code: string;
  readonly idempotent: boolean;
  readonly error: PoolError | null;
}

/** Sends runs by chance through a pool of four, and ends it. */
async function storm(seed: number, faults: Faults, recycling: Recycling, count: number) {
  const clock = new VirtualClock();
  const random = seededRandom(seed);
  const machines = new FaultyMachines(clock, seededRandom(seed + 1), faults);
  const events: PoolEvent[] = [];
  const pool = new Pool<JobClient>({
    ...{ machines, size: 4, recycling, clock, random, queue: { waiting: 20 } },
    health: { everyMs: 500, answerMs: 300 },
    boots: { backoff: { firstMs: 50, longestMs: 1000 } },
    onEvent: (event) => events.push(event),
  });
  const told: Told[] = [], leases: Promise<unknown>[] = [];
  const watch = () => {
    const { waiting, machines, boots } = pool.status();
    const idle = machines.filter(({ state }) => state === "idle").length;
    assert.ok(waiting === 0 || idle === 0, `${waiting} wait, and ${idle} machines do`);
    const booting = machines.filter(({ state }) => state === "booting").length;
    const most = boots !== null || recycling === "restored" ? 1 : 2; // boots at once
    const pauses = boots !== null && boots.nextAt > clock.now();
    const whole = machines.length === 4 || booting >= most || pauses;
    assert.ok(whole && machines.length <= 4, `${machines.length} machines, ${booting} booting`);
  };
  const send = async (code: string) => {
    const idempotent = random() < 0.3, patience = new AbortController();
    const deadlineMs = random() < 0.3 ? 500 : undefined;
    if (random() < 0.1) clock.after(1000 * random(), () => patience.abort());
    const { signal } = patience;
    const run = pool.run({ language: "sh", code, idempotent, deadlineMs, signal });
    try {
      await run.result;
      told.push({ code, idempotent, error: null });
    } catch (error) {
      assert.ok(error instanceof PoolError, String(error));
      told.push({ code, idempotent, error });
    }
  };
  let over = false;
  const all = (async () => {
    const runs: Promise<void>[] = [];
    for (let index = 0; index < count; index++) {
      if (random() < 0.05) leases.push(lend(pool, clock, random));
      runs.push(send(`${index}`));
      await wait(clock, exponential(40, random));
      watch();
    }
    await wait(clock, 2000 * random());
    if (faults === none) await pool.drain(60_000);
    else if (random() < 0.5) await pool.drain(1000);
    await pool[Symbol.asyncDispose]();
    await Promise.all([...runs, ...leases]);
    over = true;
  })();
  all.catch(() => over = true);
  await clock.run(() => over, LIMIT_MS);
  await all;
  await clock.run(() => false, LIMIT_MS); // nothing is left that waits
  return { told, events, machines, pool };
}

async function lend(pool: Pool<JobClient>, clock: VirtualClock, random: () => number) {
  const lease = await pool.lease({ limitMs: 400, deadlineMs: 1000 }).catch(() => null);
  if (lease === null) return;
  if (random() < 0.3) return await lease.ended; // forgotten
  await wait(clock, 300 * random());
  await lease.release();
}

/** A machine is ready before its jobs begin, and they end before a machine is recycled after them. */
function checkOrder(events: readonly PoolEvent[]): void {
  const has = new Map<string, Set<string>>();
  for (const event of events) {
    if (event.type === "ready") has.set(event.machine, new Set());
    if (event.type === "began") has.get(event.machine)!.add(event.job);
    if (event.type === "ended" && event.machine !== null || event.type === "again") {
      has.get(event.machine!)?.delete(event.job);
    }
    if (event.type === "recycled") assert.equal(has.get(event.machine)!.size, 0);
  }
}

for (const [index, recycling] of recyclings.entries()) {
  const name = typeof recycling === "string" ? recycling : `after ${recycling.afterRuns} runs`;
  Deno.test(`${name}: no result is lost, and nothing runs twice that must not`, async () => {
    const kinds = new Map<string, number>();
    for (let seed = 0; seed < 12; seed++) {
      const { told, events, machines, pool } = await storm(
        100 * seed + index,
        some,
        recycling,
        150,
      );
      assert.equal(told.length, 150);
      for (const { code, idempotent, error } of told) {
        const begun = machines.begun.get(code) ?? 0;
        const says = `${code}: begun ${begun} times, ${error ?? "a result"}, ${error?.began}`;
        if (!idempotent) assert.ok(begun <= 1, says);
        if (error === null || error.began === "yes") assert.ok(begun >= 1, says);
        // Of an idempotent one it is said of the last try.
        if (error?.began === "no" && !idempotent) assert.equal(begun, 0, says);
        const kind = error === null ? "result" : `${error.kind} ${error.began}`;
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      }
      assert.equal(machines.alive, 0);
      assert.ok(machines.mostAlive <= 4, `${machines.mostAlive} machines`);
      const gone = events.flatMap((event) =>
        event.type === "died" || event.type === "recycled" ? [event.machine] : []
      );
      assert.equal(new Set(gone).size, gone.length, "a machine ended twice");
      checkOrder(events);
      const ends = events.filter((event) => event.type === "ended").map(({ job }) => job);
      assert.equal(new Set(ends).size, ends.length, "a job ended twice");
      const { running, waiting, machines: left } = pool.status();
      assert.deepEqual([running, waiting, left], [0, 0, []]);
    }
    for (const kind of ["result", "lost yes", "lost perhaps", "full no", "deadline no"]) {
      assert.ok(kinds.has(kind), `never "${kind}": ${JSON.stringify([...kinds])}`);
    }
  });
}

Deno.test("without faults every job has its result", async () => {
  const { told, events } = await storm(7, none, { afterRuns: 5 }, 200);
  const kinds = new Set(told.flatMap(({ error }) => error === null ? [] : [error.kind]));
  for (const kind of ["lost", "no_machine"] as const) {
    assert.ok(!kinds.has(kind), [...kinds].join());
  }
  assert.ok(events.every(({ type }) => type !== "died" && type !== "boot_failed"));
});

Deno.test("machines that never boot are tried less and less often, and all are told why", async () => {
  const { told, events } = await storm(8, { ...none, bootFails: 1 }, "never", 200);
  assert.ok(told.every(({ error }) => error !== null && error.began === "no"));
  assert.ok(
    told.some(({ error }) => error?.kind === "no_machine" && /does not boot/.test(error.message)),
  );
  const pauses = events.flatMap((event) => event.type === "boot_failed" ? [event.pauseMs] : []);
  assert.ok(pauses[0] <= 50 && Math.max(...pauses) > 700, pauses.join());
  assert.ok(pauses.length < 40, `${pauses.length} boots in some ten seconds`);
});

Deno.test("options that cannot be are refused", () => {
  const machines = new FaultyMachines(new VirtualClock(), Math.random, none);
  for (
    const change of [{ size: 0 }, { size: 1.5 }, { recycling: { afterRuns: 0 } }, {
      queue: { waiting: -1 },
    }]
  ) {
    assert.throws(() => new Pool<JobClient>({ machines, size: 1, ...change }), TypeError);
  }
});
