// Two workers, each in a network namespace of its own. The wire of one is cut while it works.

import assert from "node:assert/strict";
import { jetstream } from "@nats-io/jetstream";
import { FleetClient } from "../../host/fleet/client.ts";
import { buckets } from "../../host/fleet/names.ts";
import { projectRoot } from "../helpers/agent.ts";
import { testNeeding } from "../helpers/need.ts";
import { printed, shell, smallSettings } from "./fleet_stage.ts";
import { until } from "../helpers/until.ts";
import type { FleetWorkerOptions } from "./fleet_worker.ts";
import { leavesNothing } from "./leaves_nothing.ts";
import { natsServer, natsServerIn } from "./nats_server.ts";
import { networks, SeparateNetwork } from "./separate_network.ts";

const settings = { ...smallSettings, ackWaitMs: 2000 };

/** Starts a worker in a network. It ends with the test. */
function workerIn(network: SeparateNetwork, options: FleetWorkerOptions): AsyncDisposable {
  const module = `${projectRoot}tests/host/fleet_worker.ts`;
  const words = [Deno.execPath(), "run", "-A", "--no-check", module, JSON.stringify(options)];
  const child = network.command(words, {
    cwd: projectRoot,
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

testNeeding(
  [natsServer, networks],
  "a worker whose wire is cut: others do its jobs, and its own results come second",
  () =>
    leavesNothing(async (directory) => {
      await using ends = new AsyncDisposableStack();
      const here = ends.use(new SeparateNetwork(1));
      const there = ends.use(new SeparateNetwork(2));
      const config = `listen: "0.0.0.0:PORT"
jetstream { store_dir: "STORE", max_file_store: 1G, max_memory_store: 256M }
`;
      const server = ends.use(natsServerIn(directory, config));
      await server.start();
      const client = ends.use(await FleetClient.connect({ servers: server.url }, settings));
      for (const [name, network] of [["here", here], ["there", there]] as const) {
        const url = `nats://${network.hostAddress}:${server.port}`;
        const root = `${directory}/${name}`;
        ends.use(workerIn(network, { server: url, name, root, size: 1, settings }));
      }
      await until(
        "the server is prepared",
        () => client.submit({ ...shell("true"), id: "0" }).then(() => true, () => false),
      );
      const outcome = (id: string) =>
        client.wait({ tenant: "default", id }, AbortSignal.timeout(40_000));
      const running = async (id: string) => {
        for await (const _ of client.watch({ tenant: "default", id })) return;
      };
      await outcome("0");

      // One for each, so that one of them is there.
      for (const id of ["1", "2"]) await client.submit(shellThat(id));
      await Promise.all(["1", "2"].map(running));
      there.cut();
      const became = await Promise.all(["1", "2"].map(outcome));
      assert.deepEqual(became.map(printed), ["job 1", "job 2"]);
      assert.deepEqual(became.map(({ worker }) => worker), ["here", "here"]);
      assert.deepEqual(became.map(({ delivery }) => delivery).toSorted(), [1, 2]);

      there.mend();
      let id = 2;
      await until("it works again", async () => {
        await client.submit({ ...shell("sleep 0.2"), id: `${++id}` });
        return (await outcome(`${id}`)).worker === "there";
      }, 40_000);
      // Each write that was accepted has a number: there was one for each job, and no second one.
      const jsm = await jetstream(client.nc).jetstreamManager();
      const { state } = await jsm.streams.info(`KV_${buckets.outcomes}`);
      assert.deepEqual([state.messages, state.last_seq], [id + 1, id + 1]);
    }),
);

/** A job that says that it runs, and takes a while. */
function shellThat(id: string) {
  return { ...shell(`printf job; sleep 1; echo " ${id}"`), id };
}
