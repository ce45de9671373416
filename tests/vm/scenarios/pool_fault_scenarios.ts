// Faults of QEMU's guests under a pool. After each: the caller has the result, or an error that says
// whether the job began; the next job runs; and nothing is left on the host.

import assert from "node:assert/strict";
import type { PoolRun } from "../../../host/pool/pool_run.ts";
import { printed, refuses } from "../../host/pool_stage.ts";
import { HOUR_MS, SteppedDate } from "../../host/stepped_date.ts";
import type { TestImage } from "../guest/test_image.ts";
import { guestOf, type GuestStage, slow, withGuests } from "./pool_guests.ts";
import { SmallDisk } from "./small_disk.ts";

/** A scenario that has guests of its own. */
export interface PoolScenario {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** A job that is running when something happens to its machine. */
const long = slow("echo here; sleep 25");
const boots = { backoff: { firstMs: 20, longestMs: 100 }, giveUpAfter: 2 };

/** The job began and is lost, the pool knows why its machine died, and another runs the next job. */
async function survives({ pool, happened }: GuestStage, run: PoolRun, why: RegExp): Promise<void> {
  await assert.rejects(run.result, refuses("lost", "yes"));
  const machine = "1";
  assert.match((await happened("died", (event) => event.machine === machine)).why, why);
  await works({ pool }, "2");
}

async function works({ pool }: Pick<GuestStage, "pool">, machine: string): Promise<void> {
  const result = await pool.run(slow("echo $((6 * 7))")).result;
  assert.deepEqual([printed(result), result.machine], ["42", machine]);
}

/** All scenarios, with the guests of an image. */
export function poolFaults(image: TestImage): PoolScenario[] {
  const guest = guestOf(image);
  return [
    {
      name: "pool: QEMU is killed during a job",
      run: () =>
        withGuests(guest, {}, async (stage) => {
          const run = stage.pool.run(long);
          await run.began;
          Deno.kill(stage.qemuOf("1"), "SIGKILL");
          await survives(stage, run, /^QEMU ended by SIGKILL$/);
        }),
    },
    {
      name: "pool: the guest's kernel panics during a job, which a job itself cannot bring about",
      run: () =>
        withGuests(guestOf(image, ["unknown_nmi_panic"]), {}, async (stage) => {
          const tries = slow("echo c > /proc/sysrq-trigger || echo refused");
          assert.equal(printed(await stage.pool.run(tries).result), "refused");
          const run = stage.pool.run(long);
          await run.began;
          using monitor = await stage.monitorOf("1");
          await monitor.run("inject-nmi");
          await survives(stage, run, /Kernel panic - not syncing: NMI/);
        }),
    },
    {
      name: "pool: guests stop reading while their jobs are written to",
      run: () =>
        withGuests(guest, { size: 2 }, async (stage) => {
          await stage.pool.ready(2);
          const runs = ["1", "2"].map(() =>
            stage.pool.run({ ...slow("cat > /dev/null"), stdin: { stream: true } })
          );
          await Promise.all(runs.map(({ began }) => began));
          const written = runs.map(writesOn);
          using monitor = await stage.monitorOf("1");
          await monitor.run("stop");
          Deno.kill(stage.qemuOf("2"), "SIGSTOP");
          for (const [index, run] of runs.entries()) {
            await assert.rejects(run.result, refuses("lost", "yes"));
            assert.ok(await written[index] > 0);
          }
          const deaths = ["1", "2"].map((name) =>
            stage.happened("died", ({ machine }) => machine === name)
          );
          for (const { why } of await Promise.all(deaths)) assert.match(why, /no sign of life/);
          const next = await stage.pool.run(slow("echo next")).result;
          assert.equal(printed(next), "next");
          assert.ok(Number(next.machine) > 2);
        }),
    },
    {
      name: "pool: the host's time of day is set while a guest boots and while jobs wait",
      run: async () => {
        using date = new SteppedDate();
        await withGuests(guest, { wear: { ageMs: HOUR_MS / 2 } }, async ({ pool, events }) => {
          using _swing = date.swing();
          await pool.ready();
          const run = pool.run(slow("sleep 8; echo done"));
          await run.began;
          const start = performance.now();
          const late = pool.run({ ...slow("true"), deadlineMs: 500 });
          await assert.rejects(late.result, refuses("deadline"));
          const tookMs = performance.now() - start;
          assert.ok(tookMs >= 490 && tookMs < 7900, `the deadline came after ${tookMs} ms`);
          assert.equal(printed(await run.result), "done");
          await works({ pool }, "1");
          assert.deepEqual(events.filter(({ type }) => /died|recycled|failed/.test(type)), []);
        });
      },
    },
    {
      name: "pool: the disk of the machines' directory fills up while a job runs",
      run: async () => {
        await using disk = await SmallDisk.make(4);
        const host = { ...guest, root: disk.directory };
        await withGuests(host, { recycling: "fresh", boots }, async (stage) => {
          const run = stage.pool.run(slow("sleep 1; echo done"));
          await run.began;
          disk.fill();
          assert.equal(printed(await run.result), "done");
          const next = stage.pool.run(slow("true"));
          await assert.rejects(next.result, refuses("no_machine", "no", /No space left/));
          await disk.empty();
          await stage.pool.ready();
          assert.equal(printed(await stage.pool.run(slow("echo again")).result), "again");
        });
      },
    },
    {
      name: "pool: a snapshot that the disk has no room for",
      run: async () => {
        await using disk = await SmallDisk.make(16);
        const host = { ...guest, root: disk.directory };
        const options = { recycling: "restored", boots: { ...boots, giveUpAfter: 1 } } as const;
        await withGuests(host, options, async ({ pool, root }) => {
          await assert.rejects(
            pool.run(slow("true")).result,
            refuses("no_machine", "no", /Cannot save the (machine|guest)(.|\n)*No space left/),
          );
          const left = () => [...Deno.readDirSync(root)].map(({ name }) => name);
          assert.deepEqual(left().filter((name) => name.includes("-s")), []);
        });
      },
    },
    {
      name: "pool: an image that does not boot",
      run: () =>
        withGuests(
          { ...guest, image: { kernel: image.kernel, options: ["cryptomgr.notests"] } },
          { boots },
          async ({ pool, events }) => {
            await assert.rejects(
              pool.run(slow("true")).result,
              refuses("no_machine", "no", /Kernel panic - not syncing: VFS/),
            );
            await assert.rejects(pool.run(slow("true")).result, refuses("no_machine"));
            assert.ok(events.every(({ type }) => type !== "ready" && type !== "began"));
          },
        ),
    },
  ];
}

/** Writes until the run takes no more. Returns how many bytes it took. */
async function writesOn(run: PoolRun): Promise<number> {
  const piece = new Uint8Array(64 * 1024);
  for (let count = 0;; count += piece.length) {
    try {
      await run.write("x".repeat(piece.length));
    } catch {
      return count;
    }
  }
}
