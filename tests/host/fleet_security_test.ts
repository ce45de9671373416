// The example's server: TLS, and for each user only what is its own.

import assert from "node:assert/strict";
import { Blobs } from "../../host/fleet/blobs.ts";
import { FleetClient } from "../../host/fleet/client.ts";
import { type ConnectionOptions, openConnection } from "../../host/fleet/connection.ts";
import { FleetError, type FleetErrorKind } from "../../host/fleet/fleet_error.ts";
import { usualSettings } from "../../host/fleet/settings.ts";
import { fleetStatus } from "../../host/fleet/status.ts";
import { startWorker } from "../../host/fleet/start_worker.ts";
import { hostMachines } from "../../host/pool/host_machines.ts";
import { Pool } from "../../host/pool/pool.ts";
import { agentCommand } from "../../scripts/tools/source_agent.ts";
import { projectRoot } from "../helpers/agent.ts";
import { file, testNeeding } from "../helpers/need.ts";
import { printed, shell, smallSettings } from "./fleet_stage.ts";
import { leavesNothing } from "./leaves_nothing.ts";
import { natsServer, natsServerIn } from "./nats_server.ts";

const example = `${projectRoot}examples/fleet/nats-server.conf`;
const fails = (kind: FleetErrorKind) => (error: unknown) => {
  assert.ok(error instanceof FleetError, String(error));
  assert.equal(error.kind, kind, error.message);
  return true;
};

async function openssl(cwd: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", { args, cwd }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** An authority, and a server's certificate by it. */
async function certificates(cwd: string): Promise<void> {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const ca = ["req", "-x509", ...key, "-subj", "/CN=authority", "-days", "2"];
  await openssl(cwd, ...ca, "-keyout", "ca.key", "-out", "ca.pem");
  const asks = ["req", ...key, "-subj", "/CN=fleet", "-keyout", "server.key", "-out", "server.csr"];
  await openssl(cwd, ...asks);
  await Deno.writeTextFile(`${cwd}/names`, "subjectAltName=IP:127.0.0.1,DNS:localhost\n");
  const by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names"];
  await openssl(
    cwd,
    "x509",
    "-req",
    "-in",
    "server.csr",
    ...by,
    "-days",
    "2",
    "-out",
    "server.pem",
  );
}

testNeeding(
  [natsServer, file("/usr/bin/openssl")],
  "the example's server: each user can do what is its own, and nothing else",
  () =>
    leavesNothing(async (directory) => {
      await certificates(directory);
      const config = (await Deno.readTextFile(example))
        .replace("0.0.0.0:4222", "127.0.0.1:PORT")
        .replace("/var/lib/nats", "STORE")
        .replace(/"(server\.pem|server\.key|ca\.pem)"/g, `"${directory}/$1"`)
        .replace(/\$SALLYPORT_(\w+)_PASSWORD/g, (_, name) => `"secret of ${name.toLowerCase()}"`);
      await using ends = new AsyncDisposableStack();
      const server = ends.use(natsServerIn(directory, config));
      await server.start();
      const as = (user: string, password = `secret of ${user}`): ConnectionOptions => ({
        servers: server.url,
        ...{ user, password, tls: { ca: `${directory}/ca.pem` } },
      });

      const image = { agent: agentCommand() };
      const machine = { monitor: "process", memoryMib: 512, cpus: 1, image } as const;
      const machines = hostMachines({ ...machine, root: `${directory}/machines` });
      const pool = ends.use(new Pool({ machines, size: 1, recycling: "never" }));
      const nc = await openConnection(as("worker"));
      ends.defer(() => nc.close());
      const worker = await startWorker(nc, pool, {
        name: "w",
        beatMs: 500,
        settings: smallSettings,
      });
      ends.defer(() => worker.stop(0));

      // As `fleet prepare --tenant acme` does.
      await new Blobs(nc, { ...usualSettings, ...smallSettings }).makeStores("acme");
      const acme = ends.use(await FleetClient.connect(as("acme"), smallSettings));
      const job = (id: string) => ({ tenant: "acme", id });
      await acme.submit({ ...shell("echo hello"), ...job("one") });
      assert.equal(printed(await acme.wait(job("one"), AbortSignal.timeout(10_000))), "hello");
      const filler = `# ${"x".repeat(1_500_000)}\n`;
      // Slowly: a host that is late would miss output of a job that writes without a pause.
      const piece = "head -c 125000 /dev/zero; sleep 0.1";
      const large = shell(`${filler}for i in 1 2 3 4 5 6 7 8 9 10 11 12; do ${piece}; done`);
      await acme.submit({ ...large, ...job("large") });
      const became = await acme.wait(job("large"), AbortSignal.timeout(10_000));
      assert.ok(became.kind === "result", JSON.stringify(became));
      assert.equal(became.result.output.stdout.length, 1_500_000);
      const watched = await Array.fromAsync(acme.watch(job("one")), ({ bytes }) => bytes.length);
      assert.deepEqual(watched, [6]);
      await acme.submit({ ...shell("echo begun; sleep 60"), ...job("long") });
      for await (const _ of acme.watch(job("long"))) break;
      assert.equal(await acme.cancel(job("long")), "stopping");
      assert.equal((await acme.wait(job("long"))).kind, "result");
      await acme.submit({ ...shell("true"), ...job("never"), class: "none" });
      assert.equal(await acme.cancel(job("never")), "cancelled");

      const operator = ends.use(await FleetClient.connect(as("operator")));
      const { workers, streams } = await fleetStatus(operator.nc);
      assert.deepEqual([workers.length, streams.length], [1, 4]);

      // What is another's.
      const beta = { tenant: "beta", id: "one" };
      await assert.rejects(acme.submit({ ...shell("true"), ...beta }), fails("not_permitted"));
      await assert.rejects(acme.look(beta), fails("not_permitted"));
      await assert.rejects(acme.cancel(beta), fails("not_permitted"));
      await assert.rejects(Array.fromAsync(acme.watch(beta)), fails("not_permitted"));
      const theirs = new Blobs(acme.nc, usualSettings).makeStores("beta");
      await assert.rejects(theirs, fails("not_permitted"));
      const copy = { name: "OBJ_sallyport-jobs-acme", sources: [{ name: "sallyport-jobs" }] };
      const create = acme.nc.request(
        `$JS.API.STREAM.UPDATE.${copy.name}`,
        JSON.stringify(copy),
      );
      await assert.rejects(create, /Permissions Violation/);
      await assert.rejects(fleetStatus(acme.nc), fails("not_permitted"));
      await assert.rejects(operator.submit(shell("true")), fails("not_permitted"));
      await assert.rejects(operator.look(job("one")), fails("not_permitted"));

      // Who is nobody here.
      await assert.rejects(FleetClient.connect(as("acme", "wrong")), fails("not_allowed"));
      await assert.rejects(FleetClient.connect(as("nobody")), fails("not_allowed"));
      const strangers = FleetClient.connect({ ...as("acme"), tls: {} });
      await assert.rejects(strangers, fails("unreachable"), "its certificate is nobody's");
    }),
);
