// `deno task bench`: measures Sallyport and its peers in one run, alternating between them.
//
// On a machine that others also use, absolute times mean little: only the ratio to a peer measured
// in the same minute counts. So every round measures everything once, every other round in the
// opposite order, and rounds repeat until the time is over. A peer that is not installed or does
// not work here is named and left out.

import { parseArgs } from "node:util";
import { findProgram } from "./tools/command.ts";
import { TemporaryDirectory } from "./tools/temporary_directory.ts";
import { type FilterCost, filterTable, measureFilters } from "./bench/filters.ts";
import { maySee } from "./bench/footprint.ts";
import { prepareForm } from "./bench/form.ts";
import { repeat, request, timeJob } from "./bench/jobs.ts";
import { startListener } from "./bench/listener.ts";
import { machine } from "./bench/machine.ts";
import { burstMeasurements } from "./bench/measure_burst.ts";
import { busyMeasurements } from "./bench/measure_busy.ts";
import { jobMeasurements } from "./bench/measure_jobs.ts";
import { measureLeaks } from "./bench/measure_leaks.ts";
import { measureIdle, measureSize, measureWaiting } from "./bench/measure_memory.ts";
import { outputMeasurements } from "./bench/measure_output.ts";
import { startMeasurements } from "./bench/measure_start.ts";
import { missingPrograms, waitingMeasurements } from "./bench/measure_waiting.ts";
import { buildNative, type Native } from "./bench/native.ts";
import { plot } from "./bench/plot.ts";
import { startPreloading } from "./bench/preloading.ts";
import { table, verdictLines } from "./bench/report.ts";
import { type RowResult, Rows } from "./bench/rows.ts";
import { findSandboxPeers } from "./bench/sandbox_peers.ts";
import type { Session } from "./bench/session.ts";
import { startAgent } from "./bench/start_up.ts";
import { BlockingWire } from "./bench/wire.ts";

const usage = `Usage: deno task bench [--seconds N] [--json] [--svg FILE]

  --seconds N  time for the rounds, 5 to 240 (default: 60)
  --json       print one JSON object instead of the table
  --svg FILE   also write the plot of the README

With DENORT_BIN, which names Deno's runtime for compiled programs, the compiled agent is measured; without it, the
bundled file run by this Deno.`;

const measurements = [
  ...jobMeasurements,
  ...waitingMeasurements,
  ...burstMeasurements,
  ...busyMeasurements,
  ...startMeasurements,
  ...outputMeasurements,
];

/** The results of one run. */
interface Report {
  readonly machine: string;
  /** The form of the agent that was measured: the compiled binary or the bundled file. */
  readonly form: string;
  readonly rounds: number;
  /** One-minute load average at the start and at the end. */
  readonly load: readonly [number, number];
  readonly skipped: readonly string[];
  readonly rows: readonly RowResult[];
  /**
   * What seccomp costs, as `deno task bench:filters` measures it. Empty where that does not work.
   */
  readonly filters: readonly FilterCost[];
}

/** Measures the filters. A failure does not stop the rest of the run: it is only named. */
async function filterCosts(skipped: string[]): Promise<FilterCost[]> {
  try {
    return await measureFilters();
  } catch (error) {
    skipped.push(`the filters' cost (${(error as Error).message})`);
    console.error(`SKIPPED: ${skipped.at(-1)}`);
    return [];
  }
}

async function measure(seconds: number, directory: string, native: Native): Promise<Report> {
  const rows = new Rows();
  const load = Deno.loadavg()[0];
  const form = await prepareForm(directory);
  const { found: sandboxes, skipped } = await findSandboxPeers(native, directory);
  skipped.push(...missingPrograms());
  if (findProgram("socat") === null) skipped.push("socat is not installed");
  if (!maySee) skipped.push("the agent's pages and descriptors: only root sees them");
  for (const what of skipped) console.error(`SKIPPED: ${what}`);
  await using agent = startAgent(form, directory);
  await measureIdle({ rows, agent, form });
  measureWaiting({ rows, agent });
  measureSize({ rows, form });
  await using preloading = await startPreloading(native);
  const paths = { echo: `${directory}/echo.sock`, denoEcho: `${directory}/deno_echo.sock` };
  const listeners = [
    await startListener([native.peer, "echo", paths.echo]),
    await startListener([...form.echo, paths.denoEcho]),
  ];
  {
    using echo = new BlockingWire(paths.echo);
    using denoEcho = new BlockingWire(paths.denoEcho);
    using wire = new BlockingWire(agent.path);
    wire.message(); // ready
    const servers = { agent, wire, echo, denoEcho, preloading };
    const session: Session = { rows, form, native, sandboxes, directory, ...servers };
    const tiny = request("exec", Deno.readFileSync(native.tiny));
    repeat(20, 0, () => timeJob(wire, tiny)); // warms up V8, as in any agent in use
    const end = performance.now() + seconds * 1000;
    const isOver = () => rows.round > 0 && performance.now() >= end; // all is measured once
    for (; !isOver(); rows.round++) {
      const order = rows.round % 2 === 0 ? measurements : measurements.toReversed();
      for (const { every, take } of order) {
        if (rows.round % every === 0 && !isOver()) await take(session);
      }
    }
    measureLeaks(session);
  }
  for (const { ended } of listeners) await ended;
  return {
    machine: machine(),
    form: form.name,
    rounds: rows.round,
    load: [load, Deno.loadavg()[0]],
    skipped,
    rows: rows.results(),
    filters: await filterCosts(skipped),
  };
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      seconds: { type: "string", default: "60" },
      json: { type: "boolean", default: false },
      svg: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const seconds = Number(values.seconds);
  if (values.help || !(seconds >= 5 && seconds <= 240)) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  const native = await buildNative();
  if (native === null) throw new Error("Cannot measure without a C compiler: install gcc");
  await using directory = await TemporaryDirectory.make("sallyport-bench-");
  await Deno.chmod(directory.path, 0o755);
  const report = await measure(seconds, directory.path, native);
  const [before, after] = report.load.map((load) => load.toFixed(1));
  const about = [
    `${report.machine}; load ${before} to ${after}`,
    `Agent: ${report.form}; ${report.rounds} rounds`,
  ];
  if (values.svg !== undefined) await Deno.writeTextFile(values.svg, plot(report.rows, about));
  if (values.json) {
    console.log(JSON.stringify(report));
    return 0;
  }
  console.log(`${about.join("\n")}\n`);
  console.log(table(report.rows));
  console.log(`\n${filterTable(report.filters)}`);
  console.log(`\n${verdictLines(report.rows)}`);
  return 0;
}

Deno.exit(await main());
