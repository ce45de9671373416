// `deno task fleet bench`: what a fleet costs, beside the bare library and beside a pool alone, in
// one run on a server of its own.

import { AckPolicy, jetstream, RetentionPolicy } from "@nats-io/jetstream";
import type { Client } from "../../controller/client.ts";
import { median } from "../../scripts/tools/quantile.ts";
import { hostMachines } from "../pool/host_machines.ts";
import type { MachineSource } from "../pool/machine_source.ts";
import { Pool } from "../pool/pool.ts";
import { FleetClient } from "./client.ts";
import { type FleetConnection, openConnection } from "./connection.ts";
import { idleMachines } from "./idle_machines.ts";
import { newJob, packedJob } from "./job.ts";
import { localServer } from "./local_server.ts";
import { pack } from "./packed.ts";
import { startWorker } from "./start_worker.ts";

/** How many messages and jobs go through, and how many of them are under way. */
const COUNT = 4000;
const UNDER_WAY = 64;
/** How many runs have their time taken, of each kind, in turn. */
const RUNS = 200;

const job = { code: "echo hello", run: { language: "sh" } };

/** Measures, and prints. */
export async function bench(print: (line: string) => void): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "sp-fleet-" });
  try {
    await using server = localServer(directory);
    await server.start();
    const nc = await openConnection({ servers: server.url });
    print(`server ${nc.info?.version}; one process for submitter and worker`);
    await bare(nc, COUNT / 4); // the first messages pay for compiling
    const bareRate = await bare(nc, COUNT);
    print(`publish, consume, acknowledge: ${bareRate.toFixed(0)} messages/s`);
    const rate = await throughput(server.url);
    print(`jobs of a fleet on idle machines: ${rate.toFixed(0)} jobs/s`);
    print(`ratio: ${(bareRate / rate).toFixed(1)} messages take the time of one job`);
    await latency(server.url, directory, print);
    await nc.close();
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Calls for each number, with so many under way. */
async function each(count: number, act: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await act(next++);
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, lane));
}

/** The loop that any queue on this library must have at least. Returns messages per second. */
async function bare(nc: FleetConnection, count: number): Promise<number> {
  const js = jetstream(nc);
  const jsm = await js.jetstreamManager();
  await jsm.streams.add({
    name: "bare",
    subjects: ["bare"],
    retention: RetentionPolicy.Workqueue,
  });
  await jsm.consumers.add("bare", { durable_name: "bare", ack_policy: AckPolicy.Explicit });
  const consumer = await js.consumers.get("bare", "bare");
  const messages = await consumer.consume({ max_messages: UNDER_WAY });
  const body = pack(packedJob(newJob({ ...job, id: "x" }, 0)));
  const began = performance.now();
  const publishing = each(count, (index) => js.publish("bare", body, { msgID: `${index}` }));
  let got = 0;
  for await (const message of messages) {
    message.ack();
    if (++got === count) break;
  }
  await publishing;
  const rate = count / (performance.now() - began) * 1000;
  await messages.close();
  await jsm.streams.delete("bare");
  return rate;
}

/** A pool and a worker, until `body` is done. */
async function withWorker<Value>(
  servers: string,
  machines: MachineSource<Client>,
  size: number,
  body: (pool: Pool) => Promise<Value>,
): Promise<Value> {
  await using pool = new Pool<Client>({ machines, size, recycling: "never" });
  await pool.ready(size);
  const nc = await openConnection({ servers });
  const worker = await startWorker(nc, pool);
  try {
    return await body(pool);
  } finally {
    await worker.stop(5000);
    await nc.close();
  }
}

async function throughput(servers: string): Promise<number> {
  await using client = await FleetClient.connect({ servers });
  return await withWorker(servers, idleMachines(), UNDER_WAY, async () => {
    const through = (count: number) =>
      each(count, async () => await client.wait(await client.submit(job)));
    await through(COUNT / 4);
    const began = performance.now();
    await through(COUNT);
    return COUNT / (performance.now() - began) * 1000;
  });
}

async function latency(
  servers: string,
  directory: string,
  print: (line: string) => void,
): Promise<void> {
  await using client = await FleetClient.connect({ servers });
  const root = `${directory}/machines`;
  const image = {};
  const machines = hostMachines({ monitor: "process", memoryMib: 512, cpus: 1, image, root });
  await withWorker(servers, machines, 1, async (pool) => {
    const alone: number[] = [];
    const through: number[] = [];
    for (let index = -20; index < RUNS; index++) {
      const times = [performance.now()];
      await pool.run({ ...job.run, code: job.code }).result;
      times.push(performance.now());
      await pool.ready(); // both begin with a machine that waits
      times.push(performance.now());
      await client.wait(await client.submit(job));
      times.push(performance.now());
      await pool.ready();
      if (index < 0) continue;
      alone.push(times[1] - times[0]);
      through.push(times[3] - times[2]);
    }
    const [one, other] = [median(alone), median(through)];
    print(
      `a run of the pool: ${one.toFixed(2)} ms; submitted and waited for: ${
        other.toFixed(2)
      } ms (medians of ${RUNS})`,
    );
    print(`the fleet adds ${(other - one).toFixed(2)} ms`);
  });
}
