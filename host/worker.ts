// `deno task host worker`: runs the jobs of a fleet on machines of this host, until it is told to
// end.

import { parseArgs } from "node:util";
import { parseDuration } from "../controller/cli/quantities.ts";
import { connectionArguments, connectionHelp, connectionOf } from "./fleet/connection_arguments.ts";
import { openConnection } from "./fleet/connection.ts";
import { startWorker } from "./fleet/start_worker.ts";
import type { WorkerEvent } from "./fleet/worker_events.ts";
import { type MonitorName, monitorNames } from "./machine/options.ts";
import { hostMachines } from "./pool/host_machines.ts";
import { Pool } from "./pool/pool.ts";
import type { Recycling } from "./pool/recycling.ts";

/** What `--help` says. */
export const workerHelp = `Usage: deno task host worker [options]

Takes jobs from a fleet's queue and runs them on machines of this host. SIGTERM and SIGINT let what
runs end; the second of them ends it.

${connectionHelp}
      --class NAME         takes the jobs of this class; "default"
      --name NAME          its name among the workers
      --size N             how many machines; 2
      --recycling HOW      fresh (each job has a new machine; the usual), restored (from a
                           snapshot), never, or after how many jobs
      --monitor NAME       ${monitorNames.join(", ")}; process
      --kernel FILE, --initrd FILE, --disk FILE   what the others boot
      --memory MIB, --cpus N   of each machine; 512, 1
      --root DIRECTORY     where the machines are; /tmp/sallyport-worker
      --ack-wait TIME      a job of a worker that is silent for so long goes to another; 30s
      --grace TIME         how long what runs may take to end; 60s`;

const options = {
  ...connectionArguments,
  class: { type: "string" },
  name: { type: "string" },
  size: { type: "string", default: "2" },
  recycling: { type: "string", default: "fresh" },
  monitor: { type: "string", default: "process" },
  kernel: { type: "string" },
  initrd: { type: "string" },
  disk: { type: "string" },
  memory: { type: "string", default: "512" },
  cpus: { type: "string", default: "1" },
  root: { type: "string", default: "/tmp/sallyport-worker" },
  "ack-wait": { type: "string" },
  grace: { type: "string", default: "60s" },
  help: { type: "boolean", short: "h" },
} as const;

/** Runs until it is told to end. Returns the exit code. */
export async function worker(words: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...words], options });
  if (values.help) {
    console.log(workerHelp);
    return 0;
  }
  const { kernel, initrd, disk, root } = values;
  const machines = hostMachines({
    monitor: values.monitor as MonitorName,
    image: kernel === undefined ? {} : { kernel, initrd, disk },
    memoryMib: Number(values.memory),
    cpus: Number(values.cpus),
    root,
  });
  const graceMs = parseDuration(values.grace);
  const [told, toldAgain] = signals();
  const connection = { ...connectionOf(values), patient: true };
  const pool = new Pool({
    machines,
    size: Number(values.size),
    recycling: recyclingOf(values.recycling),
    onEvent: (event) => {
      if (event.type === "boot_failed") say(`machine ${event.machine} did not boot: ${event.why}`);
    },
  });
  const nc = await Promise.race([openConnection(connection), told]);
  if (nc !== undefined) {
    const ackWait = values["ack-wait"];
    const going = await startWorker(nc, pool, {
      class: values.class,
      name: values.name,
      settings: ackWait === undefined ? {} : { ackWaitMs: parseDuration(ackWait) },
      onEvent: tell,
    });
    say(`${going.name} takes jobs`);
    await told;
    say(`${going.name} ends`);
    await Promise.race([going.stop(graceMs), toldAgain]);
  }
  await pool.drain(0);
  await nc?.drain();
  return 0;
}

/** Resolve at the first and the second request to end. */
function signals(): [Promise<undefined>, Promise<undefined>] {
  const promises = [
    Promise.withResolvers<undefined>(),
    Promise.withResolvers<undefined>(),
  ] as const;
  let count = 0;
  const heard = () => promises[Math.min(count++, 1)].resolve(undefined);
  for (const signal of ["SIGTERM", "SIGINT"] as const) Deno.addSignalListener(signal, heard);
  return [promises[0].promise, promises[1].promise];
}

function recyclingOf(text: string): Recycling {
  if (text === "fresh" || text === "restored" || text === "never") return text;
  return { afterRuns: Number(text) };
}

/** What an operator should see: not every job. */
function tell(event: WorkerEvent): void {
  if (event.type === "trouble") say(`cannot ${event.what} now: ${event.why}`);
  if (event.type !== "ended" || event.how !== "dead" && event.how !== "again") return;
  const { job: { tenant, id }, delivery, how, why } = event;
  say(`job ${tenant}/${id}, delivery ${delivery}: ${how}: ${why}`);
}

function say(line: string): void {
  console.error(`sallyport worker: ${line}`);
}
