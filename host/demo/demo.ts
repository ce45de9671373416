// `deno task host demo`: a pool of two machines runs thirty jobs, one machine is killed in the middle,
// and tables show what became of each job and each machine.
//
// It needs no root and no KVM, and leaves nothing.

import { parseArgs } from "node:util";
import type { Client } from "../../controller/client.ts";
import { TemporaryDirectory } from "../../scripts/tools/temporary_directory.ts";
import { signal } from "../machine/processes.ts";
import type { PoolEvent } from "../pool/events.ts";
import { hostMachines, type HostMachinesOptions } from "../pool/host_machines.ts";
import { Pool } from "../pool/pool.ts";
import { PoolError } from "../pool/pool_error.ts";
import type { PoolRun } from "../pool/pool_run.ts";
import { demoImage } from "./image.ts";
import { longProgram, programs } from "./programs.ts";
import { type DemoJob, jobTable, machineTable } from "./report.ts";

/** How to call it. */
export const demoUsage = `Usage: deno task host demo [options]

  --monitor NAME   process or qemu (default: process)
  --kernel FILE    for qemu: a kernel,
  --initrd FILE    its initramfs,
  --disk FILE      and its disk (default: an image that is made here)
  --memory MIB     for qemu: the memory of a guest`;

const JOBS = 30;
/** The job during which its machine is killed, and how long after its beginning. */
const VICTIM = 15, KILL_MS = 200;
/** How often one that had too little time is run. */
const TRIES = 5;
/** As much as the policy allows: an emulated guest is slow. */
const limits = { cpu_ms: 30_000 };

/** Runs the demo. Returns 0 if every job but the victim had its result. */
export async function demoCommand(args: readonly string[]): Promise<number> {
  await using root = await TemporaryDirectory.make("sp-demo-");
  try {
    const { options, slow } = await machineOptions(args, root.path);
    return await demo(hostMachines(options), slow, root) ? 0 : 1;
  } catch (error) {
    const isUsers = error instanceof TypeError;
    if (!isUsers && !(error instanceof PoolError)) throw error;
    console.error(isUsers ? `${error.message}\n\n${demoUsage}` : error.message);
    return 1;
  }
}

/** The machines' options, and how much slower than this host they are. */
async function machineOptions(
  args: readonly string[],
  root: string,
): Promise<{ options: HostMachinesOptions; slow: number }> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      monitor: { type: "string", default: "process" },
      kernel: { type: "string" },
      initrd: { type: "string" },
      disk: { type: "string" },
      memory: { type: "string" },
    },
  });
  const { monitor, kernel, initrd, disk, memory } = values;
  if (monitor === "process") {
    return { options: { monitor, image: {}, memoryMib: 512, cpus: 1, root }, slow: 1 };
  }
  if (monitor !== "qemu") throw new TypeError(`Cannot show machines of the monitor "${monitor}"`);
  if (kernel === undefined) console.log("making an image");
  const { image, memoryMib } = kernel === undefined
    ? await demoImage()
    : { image: { kernel, initrd, disk }, memoryMib: 768 };
  const size = { memoryMib: memory === undefined ? memoryMib : Number(memory), cpus: 1 };
  return { options: { monitor, image, ...size, readyMs: 300_000, root }, slow: 20 };
}

async function demo(
  machines: ReturnType<typeof hostMachines>,
  slow: number,
  root: TemporaryDirectory,
): Promise<boolean> {
  const events: PoolEvent[] = [];
  const kill = async (machine: string) => {
    await new Promise((resolve) => setTimeout(resolve, KILL_MS));
    const [first] = await machines.processes(machine);
    if (first === undefined) return; // it has ended by itself
    console.log(`killing machine ${machine} (process ${first.pid})`);
    signal(first, "SIGKILL");
  };
  await using pool = new Pool<Client>({
    ...{ machines, size: 2, recycling: { afterRuns: 10 } },
    health: { everyMs: 1000 * slow, answerMs: 2000 * slow },
    onEvent: (event) => {
      events.push(event);
      if (event.type === "boot_failed") console.log(`a machine does not boot: ${event.why}`);
    },
  });
  root.beforeEnd = () => pool.drain(0);
  const machineOf = (job: string) => {
    const began = events.findLast((event) => event.type === "began" && event.job === job);
    if (began?.type !== "began") throw new Error(`Job ${job} has no machine`);
    return began.machine;
  };
  const offered = await languages(pool);
  const used = Object.keys(programs).filter((name) => offered.includes(name));
  const skipped = Object.keys(programs).filter((name) => !offered.includes(name));
  console.log(
    `languages: ${used.join(", ")}${skipped.length > 0 ? "; not installed: " : ""}${skipped}`,
  );
  const jobs = new Map<string, DemoJob>();
  const ends = await Promise.all(Array.from({ length: JOBS }, async (_, index) => {
    const language = used[index % used.length];
    const program = index === VICTIM ? longProgram(used) : { language, code: programs[language] };
    const tenant = index % 3 === 0 ? "ann" : "ben";
    for (let tries = 1;; tries++) {
      const run = pool.run({ ...program, tenant, timeout_ms: 30_000, limits });
      // Its agent has acknowledged it then.
      if (index === VICTIM) run.began.then(() => kill(machineOf(run.job)), () => {});
      jobs.set(run.job, { language: program.language, said: "-" });
      const end = await endOf(run);
      jobs.set(run.job, { language: program.language, said: end.said });
      // Where the host has much else to do, a guest may be too slow for the longest time that its
      // agent allows. These programs may be begun again.
      if (end.how !== "timeout" || tries === TRIES) return end;
    }
  }));
  await pool.drain(5000);
  console.log(`\n${jobTable(jobs, events)}\n\n${machineTable(events)}`);
  const right = ends.filter(({ how, said }) => how === "exited" && said === "42").length;
  const lost = ends.filter(({ how }) => how === "lost, began: yes").length;
  const { boots, died, recycled } = pool.status().counts;
  const again = jobs.size - JOBS;
  console.log(
    `\n${right} of ${JOBS} jobs had their result, ${lost} began and was lost with its machine; ` +
      `${again} runs had too little time and were repeated; ` +
      `${boots} boots, ${died} deaths, ${recycled} recycled`,
  );
  return right === JOBS - 1 && lost === 1 && died === 1;
}

/** How a run ended, and what it printed or why there is nothing. */
async function endOf(run: PoolRun): Promise<{ how: string; said: string }> {
  try {
    const { status, output } = await run.result;
    return { how: status, said: new TextDecoder().decode(output.stdout).trim() || "-" };
  } catch (error) {
    if (!(error instanceof PoolError)) return { how: "refused", said: (error as Error).message };
    return { how: `${error.kind}, began: ${error.began}`, said: "-" };
  }
}

/** What the machines offer. */
async function languages(pool: Pool): Promise<string[]> {
  await using lease = await pool.lease();
  return (await lease.client.info()).languages.map(({ name }) => name);
}
