// Where a run's input goes when the run is tried more than once.

import assert from "node:assert/strict";
import { seededRandom } from "../simulate/random.ts";
import { VirtualClock } from "../simulate/virtual_clock.ts";
import { wait } from "./clock.ts";
import type { JobClient, JobRun } from "./machine_source.ts";
import { Pool } from "./pool.ts";
import { PoolRun } from "./pool_run.ts";
import { FaultyMachines, noFaults } from "./testing/faulty_machines.ts";

const program = { language: "sh", code: "cat", stdin: { stream: true } } as const;

Deno.test("a run that an agent refuses as busy is tried again, with all of its input", async () => {
  const clock = new VirtualClock();
  const machines = new FaultyMachines(clock, seededRandom(1), noFaults);
  let refusals = 1;
  machines.happens = (fault) => fault === "busy" && refusals-- > 0;
  const all = (async () => {
    await using pool = new Pool<JobClient>({ machines, size: 1, recycling: "never", clock });
    const run = pool.run(program);
    const written = [run.write("one "), run.write("two ")];
    await wait(clock, 1);
    written.push(run.write("three"), run.closeStdin());
    await Promise.all(written);
    return (await run.result).attempts;
  })();
  let over = false;
  all.finally(() => over = true).catch(() => {});
  await clock.run(() => over, 600_000);
  assert.equal(await all, 2);
  assert.equal(machines.input.get("cat"), "one two three");
});

/** A try of a run, as an agent may take it. */
function tried() {
  const acked = Promise.withResolvers<void>();
  const given: string[] = [];
  const write = (input: string | Uint8Array) => Promise.resolve(void given.push(`${input}`));
  return { acked, given, run: { acked: acked.promise, write } as unknown as JobRun };
}

Deno.test("input goes to the try that goes on, and then there is no other", async () => {
  const run = new PoolRun("1", { ...program, idempotent: true }, new VirtualClock());
  const [first, second] = [tried(), tried()];
  run.sent(first.run);
  first.acked.resolve();
  await run.began;
  const written = run.write("early"); // the first is lost in the same moment
  assert.ok(run.canRepeat);
  run.again();
  run.sent(second.run);
  second.acked.resolve();
  await Promise.all([written, run.write("late")]);
  assert.deepEqual([first.given, second.given], [[], ["early", "late"]]);
  assert.ok(!run.canRepeat, "its input is given");
});

Deno.test("who writes until the run is lost learns of it, also where an agent had taken the run", async () => {
  for (const isTaken of [false, true]) {
    const run = new PoolRun("1", program, new VirtualClock());
    const { run: taken, acked } = tried();
    run.sent(taken);
    if (isTaken) {
      acked.resolve();
      await run.began;
      await run.write("taken");
    }
    run.fail(new Error("it is lost"));
    await assert.rejects(run.write("more"), /it is lost/);
    await assert.rejects(run.closeStdin(), /it is lost/);
    await assert.rejects(run.result, /it is lost/);
  }
});
