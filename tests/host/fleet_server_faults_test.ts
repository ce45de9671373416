// What becomes of jobs when the server, its store or the way to it fails.

import assert from "node:assert/strict";
import { jetstream } from "@nats-io/jetstream";
import { FleetClient } from "../../host/fleet/client.ts";
import { FleetError, type FleetErrorKind } from "../../host/fleet/fleet_error.ts";
import { streams } from "../../host/fleet/names.ts";
import { testNeeding } from "../helpers/need.ts";
import { ends, fleetStaged, printed, shell, type StagedWorker } from "./fleet_stage.ts";
import { until } from "../helpers/until.ts";
import { natsServer, wholeFleet } from "./nats_server.ts";
import { TcpRelay } from "./tcp_relay.ts";

const needs = [natsServer];

/** A check of an error's kind, for `assert.rejects`. */
const fails = (kind: FleetErrorKind) => (error: unknown) => {
  assert.ok(error instanceof FleetError, String(error));
  assert.equal(error.kind, kind, error.message);
  return true;
};

const taken = ({ events }: StagedWorker, id: string) =>
  events.filter((event) => event.type === "begins" && event.job.id === id).length;

testNeeding(
  needs,
  "a job outlives a server that is killed, and so does its result",
  () =>
    fleetStaged(async ({ client, worker, outcome, server }) => {
      const staged = await worker();
      await client.submit({ ...shell("sleep 2; echo ended"), id: "runs" });
      await until("it runs", () => taken(staged, "runs") === 1);
      await client.submit({ ...shell("echo waited"), id: "waits" });
      await server.stop("SIGKILL");
      const late = client.submit({ ...shell("echo late"), id: "late" });
      await new Promise((resolve) => setTimeout(resolve, 3000)); // it ends while nobody listens
      await server.start();
      const said = await Promise.all(
        ["runs", "waits"].map(async (id) => printed(await outcome(id))),
      );
      assert.deepEqual(said, ["ended", "waited"]);
      await late;
      assert.equal(printed(await outcome("late")), "late");
    }),
);

testNeeding(
  needs,
  "a worker waits for a server that is not there yet; a client says so",
  () =>
    fleetStaged(async ({ worker, server, settings }) => {
      await server.stop();
      const starting = worker();
      const connecting = FleetClient.connect({ servers: server.url });
      await assert.rejects(connecting, fails("unreachable"));
      await new Promise((resolve) => setTimeout(resolve, 500));
      await server.start();
      await starting;
      await using client = await FleetClient.connect({ servers: server.url }, settings);
      await client.submit({ ...shell("echo there"), id: "t" });
      const job = { tenant: "default", id: "t" };
      assert.equal(printed(await client.wait(job, AbortSignal.timeout(10_000))), "there");
    }),
);

testNeeding(
  needs,
  "a server that nobody has prepared refuses jobs, and says why",
  () =>
    fleetStaged(async ({ client }) => {
      await assert.rejects(client.submit(shell("true")), fails("not_prepared"));
    }),
);

testNeeding(
  needs,
  "a queue that is full refuses; nothing that waits is dropped",
  () =>
    fleetStaged(async ({ client, worker, outcome }) => {
      const first = await worker();
      await first.stop(0);
      const filler = `# ${"x".repeat(200_000)}\n`;
      const fits: string[] = [];
      await assert.rejects(async () => {
        for (let index = 0; index < 20; index++) {
          await client.submit({ ...shell(`${filler}echo ${index}`), id: `${index}` });
          fits.push(`${index}`);
        }
      }, fails("full"));
      assert.ok(fits.length >= 3, `${fits.length}`);
      await worker();
      assert.deepEqual(await Promise.all(fits.map(async (id) => printed(await outcome(id)))), fits);
    }, { jobsBytes: 1_000_000 }),
);

testNeeding(
  needs,
  "where no result has room, the job stays, and is done when there is",
  () =>
    fleetStaged(async ({ client, worker, outcome }) => {
      const { events } = await worker();
      const large = shell("head -c 200000 /dev/zero");
      for (const id of ["1", "2", "3", "4"]) await client.submit({ ...large, id });
      await until(
        "a result has no room",
        () => events.some((event) => event.type === "trouble" && /maximum bytes/.test(event.why)),
      );
      assert.equal((await outcome("4")).kind, "result");
    }, { outcomesBytes: 500_000, outcomeTtlMs: 3000 }),
);

testNeeding(
  needs,
  "a job that runs for longer than the ack wait stays its worker's",
  () =>
    fleetStaged(async ({ client, worker, outcome }) => {
      const staged = [await worker(), await worker()];
      await client.submit({ ...shell("sleep 4; echo ended"), id: "long" });
      const became = await outcome("long");
      assert.deepEqual([printed(became), became.delivery], ["ended", 1]);
      assert.equal(taken(staged[0], "long") + taken(staged[1], "long"), 1);
    }),
);

// The same with a real wire is in fleet_partition_test.ts.
testNeeding(
  [natsServer, wholeFleet],
  "a worker that is cut off: its job is another's, and its own result comes second",
  () =>
    fleetStaged(async ({ client, worker, outcome, server }) => {
      await using relay = new TcpRelay(server.port);
      const first = await worker({ servers: `nats://127.0.0.1:${relay.port}` });
      await client.submit({ ...shell("sleep 1; echo ended"), id: "cut" });
      await until("it runs", () => taken(first, "cut") === 1);
      const second = await worker();
      relay.cut();
      const became = await outcome("cut");
      assert.deepEqual([printed(became), became.worker, became.delivery], ["ended", "w2", 2]);
      await until("it is told", () => ends(second).length === 1);
      assert.deepEqual(ends(second), ["result"]);
      assert.deepEqual(ends(first), [], "it could store nothing");
      relay.mend();
      await until("it has tried", () => ends(first).length === 1);
      assert.deepEqual(ends(first), ["known"]);
      assert.equal((await outcome("cut")).worker, "w2");
    }),
);

testNeeding(
  needs,
  "what a server has again is cleared, and run where its outcome is lost",
  () =>
    fleetStaged(async ({ client, worker, outcome, server, directory }) => {
      await (await worker()).stop(0); // the queue is there now
      for (const id of ["kept", "lost"]) await client.submit({ ...shell(`echo ${id}`), id });
      await server.stop();
      // A server that is killed may forget what it removed: here it gets its old messages back.
      const [now, then] = ["jetstream/$G/streams/sallyport-jobs/msgs", "then"];
      await copy(`${directory}/store/${now}`, `${directory}/${then}`);
      await server.start();
      const second = await worker();
      await Promise.all(["kept", "lost"].map((id) => outcome(id)));
      const jsm = await jetstream(client.nc).jetstreamManager();
      const waiting = async () => (await jsm.streams.info(streams.jobs)).state.messages;
      await until("the queue is empty", async () => await waiting() === 0);
      await second.stop(0);
      await client.outcomes.kv.purge("default.lost");
      await server.stop();
      await Deno.remove(`${directory}/store/${now}`, { recursive: true });
      await copy(`${directory}/${then}`, `${directory}/store/${now}`);
      await server.start();
      await until("the client is back", () => waiting().then((count) => count === 2, () => false));
      const third = await worker({ sweepMs: 300 });
      assert.equal(printed(await outcome("lost")), "lost");
      await until("the queue is empty again", async () => await waiting() === 0);
      assert.deepEqual([taken(third, "kept"), taken(third, "lost")], [0, 1]);
    }),
);

async function copy(from: string, to: string): Promise<void> {
  const { success } = await new Deno.Command("cp", { args: ["-r", from, to] }).output();
  assert.ok(success);
}
