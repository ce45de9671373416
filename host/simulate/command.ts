// `deno task host simulate`: how many machines, and how many hosts of them, are needed.

import { parseArgs } from "node:util";
import { TemporaryDirectory } from "../../scripts/tools/temporary_directory.ts";
import { hostMachines } from "../pool/host_machines.ts";
import type { Recycling } from "../pool/recycling.ts";
import { measure } from "./measure.ts";
import { measuredTimes } from "./measured.ts";
import type { Times } from "./simulated_machine.ts";
import { heldTime, sizeOf, type SizingOptions, tried } from "./sizing.ts";

/** How to call it. */
export const simulateUsage = `Usage: deno task host simulate --rate R --p99 MS [options]

  --rate R           requests a second
  --p99 MS           99 of 100 have their result within so many milliseconds
  --recycling HOW    never, fresh, restored, or a number of runs (default: fresh)
  --measure COUNT    measure COUNT jobs on machines of the monitor "process" here first
                     (default: times that were measured once)
  --code TEXT        the Python program to measure (default: print("hello"))
  --busy PART        the part of the time that machines are held at most (default: 0.9)
  --cores N          the processors of one host; with --cpu, a host serves no more than keeps
                     four fifths of them busy
  --cpu MS           processor time of one job, its share of boots included
  --jobs COUNT       jobs in each simulation (default: 30000)
  --seed N           another run of chance (default: 1)`;

/** Machines of one host, one line each. */
const sizes = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
/** The part of its processors that a host may keep busy. */
const BUSY_CORES = 0.8;
const HOSTS = 1000;

/** Prints the table. Returns the exit code. */
export async function simulateCommand(args: readonly string[]): Promise<number> {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        rate: { type: "string" },
        p99: { type: "string" },
        recycling: { type: "string", default: "fresh" },
        measure: { type: "string" },
        code: { type: "string", default: 'print("hello")' },
        busy: { type: "string", default: "0.9" },
        cores: { type: "string" },
        cpu: { type: "string" },
        jobs: { type: "string", default: "30000" },
        seed: { type: "string", default: "1" },
      },
    });
    const { cores, cpu, code } = values;
    const bound = cores !== undefined && cpu !== undefined
      ? BUSY_CORES * number("cores", cores) * 1000 / number("cpu", cpu)
      : undefined;
    const rate = number("rate", values.rate), limitMs = number("p99", values.p99);
    const recycling = recyclingOf(values.recycling);
    const jobs = number("jobs", values.jobs), seed = number("seed", values.seed);
    const times = values.measure === undefined
      ? measuredTimes
      : await measureHere(number("measure", values.measure), code);
    const mostBusy = Math.min(1, number("busy", values.busy));
    const sizing = { rate, limitMs, part: 0.99, times, recycling, mostBusy, mostOfHost: bound };
    await print(sizing, jobs, seed);
    return 0;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(`${error.message}\n\n${simulateUsage}`);
    return 1;
  }
}

function number(name: string, text: string | undefined): number {
  if (text === undefined) throw new TypeError(`--${name} is missing`);
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new TypeError(`--${name} "${text}" is no number above 0`);
}

function recyclingOf(text: string): Recycling {
  if (text === "fresh" || text === "restored" || text === "never") return text;
  const afterRuns = number("recycling", text);
  if (!Number.isInteger(afterRuns)) {
    throw new TypeError(`--recycling "${text}" is no number of runs`);
  }
  return { afterRuns };
}

async function measureHere(jobs: number, code: string): Promise<Times> {
  await using root = await TemporaryDirectory.make("sp-measure-");
  const common = { monitor: "process", image: {}, memoryMib: 512, cpus: 1 } as const;
  const machines = () => hostMachines({ ...common, root: root.path });
  const boots = Math.ceil(jobs / 10);
  return await measure({ machines, job: { language: "python", code }, jobs, boots });
}

async function print(options: SizingOptions, jobs: number, seed: number): Promise<void> {
  const { times, recycling, rate, limitMs } = options;
  for (const [name, time] of Object.entries(times)) {
    const [p50, p99] = [0.5, 0.99].map((part) => `${time.quantile(part).toFixed(1)} ms`);
    console.log(`${name.padEnd(6)} mean ${time.mean.toFixed(1)} ms, p50 ${p50}, p99 ${p99}`);
  }
  const { mean, scv } = heldTime(times, recycling);
  console.log(
    `A machine is held for ${mean.toFixed(1)} ms a job (variation squared: ${scv.toFixed(2)}).`,
  );
  console.log(`${rate} requests a second, p99 within ${limitMs} ms:\n`);
  const header = ["machines", "on paper", "a host's rate", "busy", "p99", "hosts", "in all"];
  console.log(columns([...header, `rate of ${HOSTS} hosts`]));
  for (const machines of sizes) {
    const size = sizeOf(machines, options);
    const { rate, busy, seenMs, hosts } = await tried(size, options, jobs, seed);
    const all = rate === 0 ? ["0", "-", "-", "never", "-"] : [
      rate.toPrecision(4),
      `${(100 * busy).toFixed(0)} %`,
      `${seenMs.toFixed(0)} ms`,
      `${hosts}`,
    ];
    if (rate > 0) all.push(`${hosts * machines}`);
    const mark = { time: "", busy: "b", processors: "c" }[size.bound];
    const paper = size.rate.toPrecision(4) + mark;
    console.log(columns([`${machines}`, paper, ...all, `${Math.floor(rate * HOSTS)}`]));
  }
  console.log(
    "\nRates are requests a second. The first is by formula, and bound by --busy (b) or --cores (c);" +
      "\nthe second is the most that the pool's own code did in time, in steps down from the first.",
  );
}

function columns(cells: readonly string[]): string {
  return cells.map((cell, index) => cell.padStart([8, 12, 15, 6, 9, 8, 8, 20][index])).join("");
}
