// Who is served first, and what a cancel does.

import assert from "node:assert/strict";
import { testNeeding } from "../helpers/need.ts";
import { fleetStaged, printed, shell } from "./fleet_stage.ts";
import { until } from "../helpers/until.ts";
import { natsServer } from "./nats_server.ts";

const needs = [natsServer];

testNeeding(
  needs,
  "a tenant that floods does not keep another waiting",
  () =>
    fleetStaged(async ({ client, worker, outcome }) => {
      const flood = Array.from({ length: 60 }, (_, index) => ({
        ...shell("sleep 0.05"),
        ...{ id: `f${index}`, tenant: "flood" },
      }));
      const { events } = await worker();
      await Promise.all(flood.map((job) => client.submit(job)));
      for (let index = 0; index < 5; index++) {
        await client.submit({ ...shell("echo few"), id: `q${index}`, tenant: "quiet" });
      }
      await Promise.all(Array.from({ length: 5 }, (_, index) => outcome(`q${index}`, "quiet")));
      const done = events.filter(({ type }) => type === "ended").length;
      assert.ok(done <= 30, `${done} of 65 jobs had ended`);
      await Promise.all(flood.map(({ id }) => outcome(id, "flood")));
      const took = events.flatMap((event) => event.type === "begins" ? [event.job.tenant] : []);
      const [first, last] = [took.indexOf("quiet"), took.lastIndexOf("quiet")];
      // Once both wait, they take turns.
      assert.deepEqual(
        took.slice(first, last + 1).filter((tenant) => tenant === "flood").length,
        4,
        took.join(),
      );
    }),
);

testNeeding(
  needs,
  "a higher priority goes first",
  () =>
    fleetStaged(async ({ client, worker, outcome }) => {
      const first = await worker();
      await first.stop(0); // the queue is there now
      for (const priority of ["low", "normal", "high"] as const) {
        for (const index of [1, 2]) {
          await client.submit({ ...shell("true"), id: `${priority}${index}`, priority });
        }
      }
      const { events } = await worker();
      await outcome("low2");
      const took = events.flatMap((event) => event.type === "begins" ? [event.job.id] : []);
      assert.deepEqual(took, ["high1", "high2", "normal1", "normal2", "low1", "low2"]);
    }),
);

testNeeding(
  needs,
  "a worker takes no more than it has machines for: the others are another's",
  () =>
    fleetStaged(async ({ client, worker, outcome }) => {
      const first = await worker({ pool: { size: 2 } });
      await until(
        "both machines wait",
        () => first.pool.status().machines.filter(({ state }) => state === "idle").length === 2,
      );
      for (const id of ["1", "2"]) await client.submit({ ...shell("sleep 60"), id });
      for (const id of ["3", "4"]) await client.submit({ ...shell("true"), id });
      await until("two are taken", () => first.events.length >= 2);
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.equal(first.worker.jobs, 2);
      await worker({ pool: { size: 2 } });
      const by = await Promise.all(["3", "4"].map(async (id) => (await outcome(id)).worker));
      assert.deepEqual(by, ["w2", "w2"]);
      for (const id of ["1", "2"]) {
        assert.equal(await client.cancel({ tenant: "default", id }), "stopping");
        assert.equal((await outcome(id)).worker, "w1");
      }
    }),
);

testNeeding(
  needs,
  "a job that waits is cancelled, and is never run",
  () =>
    fleetStaged(async ({ client, worker, outcome, directory }) => {
      const { events } = await worker();
      const waits = { tenant: "default", id: "waits" };
      await client.submit({ ...shell("sleep 1"), id: "runs" });
      await until("it runs", () => events.length === 1);
      await client.submit({ ...shell(`touch ${directory}/ran`), ...waits });
      assert.equal(await client.cancel(waits), "cancelled");
      assert.equal((await outcome("waits")).kind, "cancelled");
      assert.equal(await client.cancel(waits), "over");
      assert.equal(printed(await outcome("runs")), "");
      await until(
        "it is acknowledged",
        () => events.some((event) => event.type === "ended" && event.how === "known"),
      );
      assert.equal((await outcome("waits")).kind, "cancelled");
    }),
);

testNeeding(
  needs,
  "a job that runs is cancelled, and its result says so",
  () =>
    fleetStaged(async ({ client, worker, outcome }) => {
      await worker();
      const job = { tenant: "default", id: "runs" };
      await client.submit({ ...shell("echo begun; sleep 60"), ...job });
      for await (const _ of client.watch(job)) break;
      const began = Date.now();
      assert.equal(await client.cancel(job), "stopping");
      const became = await outcome("runs");
      assert.ok(became.kind === "result");
      assert.equal(became.result.status, "cancelled");
      assert.equal(printed(became), "begun");
      assert.ok(Date.now() - began < 5000);
    }),
);
