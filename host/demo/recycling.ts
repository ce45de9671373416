// Runs many jobs in a pool of two guests for each way of recycling, and prints what each way costs:
// `deno task host recycling`.
//
// Each job tells random bytes and the time of its guest: no two may have the same bytes, and each
// must have this host's time.

import { parseArgs } from "node:util";
import type { Client } from "../../controller/client.ts";
import { TemporaryDirectory } from "../../scripts/tools/temporary_directory.ts";
import type { PoolEvent } from "../pool/events.ts";
import { hostMachines } from "../pool/host_machines.ts";
import { Pool } from "../pool/pool.ts";
import { PoolError } from "../pool/pool_error.ts";
import type { Recycling } from "../pool/recycling.ts";
import { demoImage } from "./image.ts";
import { bootsPerRestore, type Cost, costLine } from "./recycling_cost.ts";

const ways: Readonly<Record<string, Recycling>> = {
  fresh: "fresh",
  restored: "restored",
  "after-10": { afterRuns: 10 },
  never: "never",
};

/** How to call it. */
export const recyclingUsage = `Usage: deno task host recycling [options] [WAY...]

  WAY          ${Object.keys(ways).join(", ")} (default: all of them)
  --jobs N     jobs for each way (default: 200; emulated, that takes hours)
  --minutes M  begin no more jobs of a way after so long (default: no bound)`;

const code = "import os,time;print(os.urandom(16).hex(), time.time_ns()/1e6)";
/** As much as the policy allows: an emulated guest is slow. */
const patience = { timeout_ms: 30_000, limits: { cpu_ms: 30_000 } };
/** How long what runs at the bound may take to end. */
const END_MS = 120_000;

/** What was asked for. */
interface Asked {
  readonly ways: readonly string[];
  readonly jobs: number;
  readonly boundMs: number;
}

/** What all jobs told. */
interface Told {
  readonly randoms: Set<string>;
  count: number;
}

/** Runs all. Returns the exit code: 0 if no job failed, and no two had the same random bytes. */
export async function recyclingCommand(args: readonly string[]): Promise<number> {
  let asked: Asked;
  try {
    asked = parse(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${recyclingUsage}`);
    return 1;
  }
  const image = await demoImage();
  const costs = new Map<string, Cost>();
  const told: Told = { randoms: new Set(), count: 0 };
  for (const name of asked.ways) {
    const cost = await tried(ways[name], asked, image, told);
    costs.set(name, cost);
    console.log(costLine(name, cost));
  }
  const booted = [...costs].flatMap(([name, { ready }]) => name === "restored" ? [] : ready);
  const ratio = bootsPerRestore(booted, costs.get("restored")?.ready ?? []);
  if (ratio !== null) console.log(`a boot takes ${ratio.toFixed(1)} times as long as a restore`);
  console.log(`${told.randoms.size} of ${told.count} jobs had random bytes of their own`);
  const failed = [...costs.values()].some(({ failures }) => failures.length > 0);
  return failed || told.randoms.size < told.count ? 1 : 0;
}

function parse(args: readonly string[]): Asked {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { jobs: { type: "string", default: "200" }, minutes: { type: "string" } },
    allowPositionals: true,
  });
  const [jobs, minutes] = [Number(values.jobs), Number(values.minutes ?? Infinity)];
  if (!Number.isInteger(jobs) || jobs < 4) throw new TypeError("--jobs must be at least 4");
  if (!(minutes > 0)) throw new TypeError("--minutes must be more than 0");
  const unknown = positionals.find((name) => ways[name] === undefined);
  if (unknown !== undefined) throw new TypeError(`There is no way "${unknown}"`);
  const all = positionals.length === 0 ? Object.keys(ways) : positionals;
  return { ways: all, jobs, boundMs: minutes * 60_000 };
}

async function tried(
  recycling: Recycling,
  { jobs, boundMs }: Asked,
  image: Awaited<ReturnType<typeof demoImage>>,
  told: Told,
): Promise<Cost> {
  await using root = await TemporaryDirectory.make("sp-recycling-");
  const events: PoolEvent[] = [];
  const machines = hostMachines({
    ...{ monitor: "qemu", ...image, cpus: 1, readyMs: 300_000, root: root.path },
  });
  const failures: string[] = [];
  let [late, offMs] = [0, 0];
  await using pool = new Pool<Client>({
    ...{ machines, size: 2, recycling, queue: { waiting: jobs } },
    health: { everyMs: 20_000, answerMs: 40_000 },
    onEvent: (event) => {
      events.push(event);
      if (event.type === "boot_failed" || event.type === "died") console.error(event.why);
    },
  });
  root.beforeEnd = () => pool.drain(0);
  const bound = boundMs === Infinity ? undefined : setTimeout(() => pool.drain(END_MS), boundMs);
  const start = performance.now();
  await Promise.all(Array.from({ length: jobs }, async () => {
    try {
      offMs = Math.max(offMs, await look(pool, told));
    } catch (error) {
      if (error instanceof PoolError && error.kind === "draining") late++;
      else failures.push((error as Error).message);
    }
  }));
  const wallMs = performance.now() - start;
  clearTimeout(bound);
  const ready = events.flatMap((event) => event.type === "ready" ? [event.bootMs] : []);
  if (recycling === "restored") ready.shift(); // it waited for the snapshot
  const ran = events.flatMap((one) =>
    one.type === "ended" && one.how === "exited" ? [one.ranMs] : []
  );
  return { ready, ran, wallMs, offMs, late, failures };
}

/** One job. Returns by how much, at least, its guest's clock was wrong. */
async function look(pool: Pool, told: Told): Promise<number> {
  const run = pool.run({ language: "python", code, ...patience });
  await run.began;
  const before = Date.now();
  const { output, status } = await run.result;
  const after = Date.now();
  if (status !== "exited") throw new Error(`A job ended: ${status}`);
  const [random, clock] = new TextDecoder().decode(output.stdout).trim().split(" ");
  told.randoms.add(random);
  told.count++;
  return Math.max(0, before - Number(clock), Number(clock) - after);
}
