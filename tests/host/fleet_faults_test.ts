// What becomes of jobs when machines or workers fail, or when they are no jobs.

import assert from "node:assert/strict";
import { DeadLetters } from "../../host/fleet/dead_letters.ts";
import { testNeeding } from "../helpers/need.ts";
import { ends, fleetStaged, printed, shell, type StagedWorker } from "./fleet_stage.ts";
import { until } from "../helpers/until.ts";
import { natsServer } from "./nats_server.ts";

const needs = [natsServer];

/** Kills the agent on which a job runs. */
function killAgent(root: string): void {
  for (const { name } of Deno.readDirSync(root)) {
    const { processes } = JSON.parse(Deno.readTextFileSync(`${root}/${name}/machine.json`));
    Deno.kill(processes[0].pid, "SIGKILL");
  }
}

const taken = ({ events }: StagedWorker, id: string) =>
  events.filter((event) => event.type === "begins" && event.job.id === id).length;

testNeeding(
  needs,
  "a job whose machine dies is run again",
  () =>
    fleetStaged(async ({ client, worker, outcome, directory }) => {
      await worker();
      const job = { tenant: "default", id: "j" };
      await client.submit({ ...shell("echo begun; sleep 1; echo ended"), ...job });
      for await (const _ of client.watch(job)) break;
      killAgent(`${directory}/w1`);
      const became = await outcome("j");
      assert.deepEqual([became.delivery, printed(became)], [2, "begun\nended"]);
    }),
);

testNeeding(
  needs,
  "a job that loses every machine is a dead letter, with its reason",
  () =>
    fleetStaged(async ({ client, worker, outcome, directory, server }) => {
      const staged = await worker();
      await client.submit({ ...shell("sleep 60"), id: "d", deliveries: 2 });
      for (const delivery of [1, 2]) {
        await until(`delivery ${delivery}`, () => taken(staged, "d") === delivery);
        await until("it runs", () => staged.pool.status().running === 1);
        await new Promise((resolve) => setTimeout(resolve, 200));
        killAgent(`${directory}/w1`);
      }
      const became = await outcome("d");
      assert.ok(became.kind === "dead", became.kind);
      assert.match(became.why, /lost/);
      await until("it is told", () => ends(staged).includes("dead"));
      assert.deepEqual(ends(staged), ["again", "dead"]);
      const [letter, ...more] = await new DeadLetters(client.nc).newest(10);
      assert.deepEqual(more, []);
      assert.deepEqual([letter.id, letter.tenant, letter.deliveries], ["d", "default", 2]);
      assert.equal(letter.why, became.why);
      assert.ok(server);
    }),
);

testNeeding(
  needs,
  "a job that may be begun once is not begun again",
  () =>
    fleetStaged(async ({ client, worker, outcome, directory }) => {
      const staged = await worker();
      const job = { tenant: "default", id: "once" };
      await client.submit({ ...shell("echo begun; sleep 60"), ...job, deliveries: 1 });
      for await (const _ of client.watch(job)) break;
      killAgent(`${directory}/w1`);
      assert.equal((await outcome("once")).kind, "dead");
      assert.equal(taken(staged, "once"), 1);
    }),
);

testNeeding(
  needs,
  "a message that is no job is a dead letter, and others go on",
  () =>
    fleetStaged(async ({ client, worker, outcome }) => {
      await worker();
      const subject = "sallyport.jobs.default.default.normal";
      const other = '{"id":"x","tenant":"other","class":"default","priority":"normal",' +
        '"deliveries":3,"submittedAt":0,"run":{"language":"sh"},"hasCode":true,"files":[],' +
        '"lengths":[4]}\ntrue';
      for (const text of ["", "{}\n", '{"lengths":[]}\n', other]) {
        await client.nc.request(subject, text);
      }
      await client.submit({ ...shell("echo fine"), id: "fine" });
      assert.equal(printed(await outcome("fine")), "fine");
      const letters = new DeadLetters(client.nc);
      await until("all are dead letters", async () => (await letters.newest(10)).length === 4);
      assert.match((await letters.newest(1))[0].why, /subject/);
      assert.equal(await client.look({ tenant: "other", id: "x" }), null);
    }),
);

testNeeding(
  needs,
  "a worker that is told to end finishes its job, and takes no other",
  () =>
    fleetStaged(async ({ client, worker, outcome }) => {
      const first = await worker();
      await client.submit({ ...shell("sleep 0.5; echo ended"), id: "a" });
      await until("it runs", () => taken(first, "a") === 1);
      await client.submit({ ...shell("echo other"), id: "b" });
      await first.stop(10_000);
      assert.deepEqual(ends(first), ["result"]);
      assert.equal(printed(await outcome("a")), "ended");
      await worker();
      const other = await outcome("b");
      assert.deepEqual([other.worker, other.delivery], ["w2", 1]);
    }),
);

testNeeding(
  needs,
  "what a worker cannot finish in its grace goes to another at once",
  () =>
    fleetStaged(async ({ client, worker, outcome }) => {
      const first = await worker();
      await client.submit({ ...shell("sleep 2; echo ended"), id: "a" });
      await until("it runs", () => taken(first, "a") === 1);
      const second = await worker();
      const began = Date.now();
      await first.stop(100);
      await until("another has it", () => taken(second, "a") === 1);
      assert.ok(Date.now() - began < 4000, "it was waited for");
      assert.equal((await outcome("a")).delivery, 2);
    }, { ackWaitMs: 20_000 }),
);
