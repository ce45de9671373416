// Three servers that keep everything three times: one of them is killed, and nothing is lost. It takes
// 20 s, and runs with SALLYPORT_FLEET=all.

import assert from "node:assert/strict";
import { jetstream } from "@nats-io/jetstream";
import { FleetClient } from "../../host/fleet/client.ts";
import { type FleetConnection, openConnection } from "../../host/fleet/connection.ts";
import { idleMachines } from "../../host/fleet/idle_machines.ts";
import { streams } from "../../host/fleet/names.ts";
import { prepare } from "../../host/fleet/prepare.ts";
import { usualSettings } from "../../host/fleet/settings.ts";
import { startWorker } from "../../host/fleet/start_worker.ts";
import { Pool } from "../../host/pool/pool.ts";
import { testNeeding } from "../helpers/need.ts";
import { shell, smallSettings } from "./fleet_stage.ts";
import { until } from "../helpers/until.ts";
import { leavesNothing } from "./leaves_nothing.ts";
import { natsServer, natsServerIn, type TestServer, wholeFleet } from "./nats_server.ts";

const settings = { ...usualSettings, ...smallSettings, replicas: 3 };
const names = ["one", "two", "three"];

/** Servers of one cluster, not started yet. */
function clusterIn(directory: string): TestServer[] {
  const listeners = names.map(() => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const routes = listeners.map(({ addr }) => `127.0.0.1:${addr.port}`);
  for (const listener of listeners) listener.close();
  return names.map((name, index) => {
    const own = `${directory}/${name}`;
    Deno.mkdirSync(own);
    return natsServerIn(
      own,
      `listen: "127.0.0.1:PORT"
server_name: ${name}
jetstream { store_dir: "STORE", max_file_store: 2G, max_memory_store: 256M }
cluster { name: fleet, listen: "${routes[index]}", routes: [${
        routes.map((route) => `"nats://${route}"`).join()
      }] }
`,
    );
  });
}

/** Makes the streams as soon as the servers have agreed on a leader. */
const prepared = (nc: FleetConnection) =>
  until("the cluster is prepared", () => prepare(nc, settings).then(() => true, () => false));

testNeeding(
  [natsServer, wholeFleet],
  "a cluster that loses its leader has every job and every result",
  () =>
    leavesNothing(async (directory) => {
      await using ends = new AsyncDisposableStack();
      const servers = clusterIn(directory);
      for (const server of servers) ends.use(server);
      await Promise.all(servers.map((server) => server.start()));
      const url = servers.map((server) => server.url);
      const nc = await openConnection({ servers: url, patient: true });
      ends.defer(() => nc.close());
      await prepared(nc);
      const pool = ends.use(new Pool({ machines: idleMachines(), size: 4, recycling: "never" }));
      const worker = await startWorker(nc, pool, { name: "w", settings });
      ends.defer(() => worker.stop(0));
      const client = ends.use(await FleetClient.connect({ servers: url }, settings));

      const never = { tenant: "default", id: "never" };
      await client.submit({ ...shell("true"), ...never, class: "none" });
      const ids = Array.from({ length: 60 }, (_, index) => `${index}`);
      const submitting = (async () => {
        for (const id of ids) await client.submit({ ...shell("true"), id });
      })();
      const jsm = await jetstream(nc).jetstreamManager();
      const { cluster } = await jsm.streams.info(streams.jobs);
      const leader = servers[names.indexOf(cluster!.leader!)];
      await leader.stop("SIGKILL");
      await submitting;
      const signal = AbortSignal.timeout(60_000);
      const outcomes = await Promise.all(
        ids.map((id) => client.wait({ tenant: "default", id }, signal)),
      );
      assert.deepEqual([...new Set(outcomes.map(({ kind }) => kind))], ["result"]);
      assert.equal(await client.cancel(never), "cancelled");
      // The worker asks who cannot be behind.
      const { kv } = worker.context.outcomes;
      assert.equal((kv as unknown as { direct: boolean }).direct, false);
      assert.equal(await worker.context.outcomes.kindOf(never), "cancelled");
      assert.equal(await worker.context.outcomes.kindOf({ tenant: "default", id: "no" }), null);
      assert.equal((await worker.context.outcomes.get({ ...never, id: "0" }))?.kind, "result");
    }),
);
