// `deno task fleet bench`: what a fleet costs, beside the bare library and beside a pool alone, in
// one run on a server of its own.

import type { Client } from "../../controller/client.ts";
import { median } from "../../scripts/tools/quantile.ts";
import { TemporaryDirectory } from "../../scripts/tools/temporary_directory.ts";
import { hostMachines } from "../pool/host_machines.ts";
import type { MachineSource } from "../pool/machine_source.ts";
import { Pool } from "../pool/pool.ts";
import { FleetClient } from "./client.ts";
import { type FleetConnection, openConnection } from "./connection.ts";
import { rateOf, throughQueue } from "./bare_queue.ts";
import { idleMachines } from "./idle_machines.ts";
import { newJob, packedJob } from "./job.ts";
import { localServer } from "./local_server.ts";
import { pack } from "./packed.ts";
import { startWorker } from "./start_worker.ts";

/** How many messages and jobs go through, and how many of them are under way. */
const COUNT = 4000;
const UNDER_WAY = 64;
/** In how many parts, of which the median counts. */
const ROUNDS = 5;
/** How many runs have their time taken, of each kind, in turn. */
const RUNS = 200;

const job = { code: "echo hello", run: { language: "sh" } };

/** Measures, and prints. */
export async function bench(print: (line: string) => void): Promise<void> {
  await using directory = await TemporaryDirectory.make("sp-fleet-");
  await using server = localServer(directory.path);
  await server.start();
  const nc = await openConnection({ servers: server.url });
  print(`server ${nc.info?.version}; one process for submitter and worker`);
  await rates(nc, server.url, print);
  await latency(server.url, directory.path, print);
  await nc.close();
}

/** A rate of each kind, in turn, so that a slow stretch of the machine is in all of them. */
async function rates(
  nc: FleetConnection,
  servers: string,
  print: (line: string) => void,
): Promise<void> {
  const body = pack(packedJob(newJob({ ...job, id: "x" }, 0)));
  const messages = { body, underWay: UNDER_WAY };
  await using client = await FleetClient.connect({ servers });
  await withWorker(servers, idleMachines(), UNDER_WAY, async () => {
    const kinds = [
      {
        what: "messages through a work queue: publish, consume, acknowledge",
        run: (count: number) => throughQueue(nc, { ...messages, count }),
      },
      {
        what: "messages with a stored result: the same, and one put of a key before each ack",
        run: (count: number) => throughQueue(nc, { ...messages, count, storesResults: true }),
      },
      {
        what: "jobs of the fleet on idle machines",
        run: (count: number) =>
          rateOf(count, UNDER_WAY, async () => await client.wait(await client.submit(job))),
      },
    ].map((kind) => ({ ...kind, rates: [] as number[] }));
    for (const { run } of kinds) await run(COUNT / ROUNDS); // the first ones pay for compiling
    for (let round = 0; round < ROUNDS; round++) {
      for (const { run, rates } of kinds) rates.push(await run(COUNT / ROUNDS));
    }
    const jobs = median(kinds.at(-1)!.rates);
    for (const { what, rates } of kinds) {
      const [rate, ratio] = [median(rates), median(rates) / jobs];
      const line = `${what}: ${rate.toFixed(0)}/s`;
      print(rate === jobs ? line : `${line}, ${ratio.toFixed(1)} in the time of one job`);
    }
  });
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
