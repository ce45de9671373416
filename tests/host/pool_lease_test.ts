// A machine that is lent: several runs in one sandbox, and every way in which that ends.

import assert from "node:assert/strict";
import { refuses, sh, staged } from "./pool_stage.ts";

Deno.test("a lease keeps its sandbox over several runs, and is alone on its machine", () =>
  staged({}, async ({ pool }) => {
    await using lease = await pool.lease({ tenant: "a" });
    await lease.client.run({ ...sh("echo 1 > count"), keep: true }).result;
    const waits = pool.run(sh("ls")).result;
    await lease.client.run({ ...sh("echo 2 >> count"), keep: true }).result;
    assert.equal(new TextDecoder().decode(await lease.client.get("count")), "1\n2\n");
    assert.deepEqual([pool.status().running, pool.status().waiting], [1, 1]);
    await lease.release();
    await lease.release();
    assert.equal(await lease.ended, "released");
    const { output, machine } = await waits;
    assert.deepEqual([new TextDecoder().decode(output.stdout), machine], ["main.sh\n", "1"]);
    await assert.rejects(lease.client.ping());
  }));

Deno.test("a lease that is forgotten ends at its limit, and its machine is replaced", () =>
  staged({ size: 2 }, async ({ pool, happened }) => {
    const leases = [await pool.lease({ limitMs: 300 }), await pool.lease({ limitMs: 300 })];
    const runs = leases.map(({ client }) => client.run(sh("sleep 60")).result);
    const waits = pool.run(sh("true"));
    const ends = await Promise.allSettled(runs);
    assert.ok(ends.every(({ status }) => status === "rejected"));
    assert.deepEqual(await Promise.all(leases.map(({ ended }) => ended)), ["expired", "expired"]);
    assert.equal((await happened("recycled")).why, "its lease expired");
    assert.ok(["3", "4"].includes((await waits.result).machine));
    assert.equal(pool.status().counts.failed.lost, undefined);
  }));

Deno.test("a lease that is released during a run: the next job waits until that is gone", () =>
  staged({}, async ({ pool }) => {
    const lease = await pool.lease();
    const run = lease.client.run(sh("trap '' TERM; while :; do :; done"));
    run.result.catch(() => {});
    await run.acked;
    await lease.release();
    const { machine, attempts } = await pool.run(sh("true")).result;
    assert.deepEqual([machine, attempts], ["1", 1]);
  }));

Deno.test("a lease ends with its machine, and with the pool", () =>
  staged({ size: 2 }, async ({ pool, agentOf }) => {
    const one = await pool.lease();
    const two = await pool.lease();
    Deno.kill(agentOf(one.machine), "SIGKILL");
    assert.equal(await one.ended, "lost");
    await assert.rejects(one.client.ping());
    assert.equal(await two.client.run(sh("true")).result.then(({ status }) => status), "exited");
    await pool[Symbol.asyncDispose]();
    assert.equal(await two.ended, "closed");
    await assert.rejects(pool.lease(), refuses("closed"));
  }));

Deno.test("a lease waits in the same line, with a deadline", () =>
  staged({}, async ({ pool }) => {
    await using _lease = await pool.lease();
    await assert.rejects(pool.lease({ deadlineMs: 50 }), refuses("deadline"));
    const patience = new AbortController();
    const other = pool.lease({ signal: patience.signal });
    patience.abort();
    await assert.rejects(other, refuses("cancelled"));
  }));
