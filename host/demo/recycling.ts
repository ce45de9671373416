// Runs many jobs in a pool of two guests for each way of recycling, and prints what each way costs:
// `deno task host recycling`.
//
// Each job tells random bytes and the time of its guest: no two may have the same bytes, and each
// must have this host's time.

import { parseArgs } from "node:util";
import type { Client } from "../../controller/client.ts";
import type { PoolEvent } from "../pool/events.ts";
import { hostMachines } from "../pool/host_machines.ts";
import { Pool } from "../pool/pool.ts";
import type { Recycling } from "../pool/recycling.ts";
import { demoImage } from "./image.ts";

/** How to call it. */
export const recyclingUsage = `Usage: deno task host recycling [options]

  --jobs N   jobs for each way of recycling (default: 200; emulated, that takes an hour)`;

const ways: Readonly<Record<string, Recycling>> = {
  fresh: "fresh",
  restored: "restored",
  "after 10 runs": { afterRuns: 10 },
  never: "never",
};

const code = "import os,time;print(os.urandom(16).hex(), time.time_ns()/1e6)";
/** As much as the policy allows: an emulated guest is slow. */
const patience = { timeout_ms: 30_000, limits: { cpu_ms: 30_000 } };

/** What one way cost. */
interface Cost {
  readonly ready: readonly number[];
  readonly ran: readonly number[];
  readonly wallMs: number;
  /** By how much, at least, the worst guest's clock was wrong. */
  readonly offMs: number;
}

/** Runs all. Returns the exit code. */
export async function recyclingCommand(args: readonly string[]): Promise<number> {
  let jobs: number;
  try {
    const options = { jobs: { type: "string", default: "200" } } as const;
    jobs = Number(parseArgs({ args: [...args], options }).values.jobs);
    if (!Number.isInteger(jobs) || jobs < 4) throw new TypeError("--jobs must be at least 4");
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${recyclingUsage}`);
    return 1;
  }
  const image = await demoImage();
  const costs = new Map<string, Cost>();
  const randoms = new Set<string>();
  for (const [name, recycling] of Object.entries(ways)) {
    const cost = await tried(recycling, jobs, image, randoms);
    costs.set(name, cost);
    console.log(line(name, cost));
  }
  const [booted, restored] = ["fresh", "restored"].map((way) => median(costs.get(way)!.ready));
  console.log(`a boot takes ${(booted / restored).toFixed(1)} times as long as a restore`);
  const all = jobs * Object.keys(ways).length;
  console.log(`${randoms.size} of ${all} jobs had random bytes of their own`);
  return randoms.size === all ? 0 : 1;
}

async function tried(
  recycling: Recycling,
  jobs: number,
  image: Awaited<ReturnType<typeof demoImage>>,
  randoms: Set<string>,
): Promise<Cost> {
  const root = await Deno.makeTempDir({ prefix: "sp-recycling-" });
  const events: PoolEvent[] = [];
  const machines = hostMachines({
    ...{ monitor: "qemu", ...image, cpus: 1, readyMs: 300_000, root },
  });
  try {
    await using pool = new Pool<Client>({
      ...{ machines, size: 2, recycling, queue: { waiting: jobs } },
      health: { everyMs: 20_000, answerMs: 40_000 },
      onEvent: (event) => {
        events.push(event);
        if (event.type === "boot_failed" || event.type === "died") console.error(event.why);
      },
    });
    const start = performance.now();
    const offs = await Promise.all(Array.from({ length: jobs }, async () => {
      const run = pool.run({ language: "python", code, ...patience });
      await run.began;
      const before = Date.now();
      const { output, status } = await run.result;
      const [random, clock] = new TextDecoder().decode(output.stdout).trim().split(" ");
      if (status !== "exited") throw new Error(`A job ended: ${status}`);
      randoms.add(random);
      return Math.max(0, before - Number(clock), Number(clock) - Date.now());
    }));
    const wallMs = performance.now() - start;
    // The first of those that are restored waited for the snapshot.
    const ready = events.flatMap((event) => event.type === "ready" ? [event.bootMs] : []).slice(1);
    const ran = events.flatMap((event) => event.type === "ended" ? [event.ranMs] : []);
    return { ready, ran, wallMs, offMs: Math.max(...offs) };
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

function line(name: string, { ready, ran, wallMs, offMs }: Cost): string {
  return `${name}: ${ran.length} jobs in ${(wallMs / 1000).toFixed(0)} s; ` +
    `${ready.length + 1} machines, ready after ${seconds(ready)}; a job ${seconds(ran)}; ` +
    `clocks at most ${offMs.toFixed(0)} ms wrong`;
}

/** The median, the shortest and the longest. */
function seconds(times: readonly number[]): string {
  const [shortest, longest] = [Math.min(...times), Math.max(...times)];
  const [middle, from, to] = [median(times), shortest, longest].map((ms) => (ms / 1000).toFixed(1));
  return `${middle} s (${from} to ${to})`;
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1];
}
