// `deno task bench:warm`: what an interpreter that waits saves, beside the bare interpreter and a
// start with the request.
//
// These are rows of `deno task bench` in more rounds, with the first output of each job.

import { catalogue, type Target } from "./catalogue.ts";
import { isInstalled, type Program, programs } from "./interpreters.ts";
import type { JobTime } from "./jobs.ts";
import { buildNative, type Native } from "./native.ts";
import { isReached } from "./rows.ts";
import { median } from "../tools/quantile.ts";
import { agentFor, waitingTimes } from "./waiting.ts";
import { BlockingWire } from "./wire.ts";

const titles = ["bare", "cold", "warm", "1st cold", "1st warm"];

type Timing = JobTime["timing"];

/**
 * From the job's start, or from the word to go on, to its first output. Where the agent read that
 * only when the job had ended, to its end.
 */
const first = ({ timing }: JobTime) => {
  const { spawn_ms, first_output_ms, run_ms } = timing as Partial<Timing>;
  return (spawn_ms ?? 0) + (first_output_ms ?? run_ms ?? 0);
};

async function line(program: Program, native: Native, rounds: number): Promise<string> {
  await using agent = await agentFor(program);
  using wire = new BlockingWire(agent.path);
  wire.message(); // ready
  const { warm, cold, bare } = await waitingTimes(wire, program, native, rounds);
  const whole = (jobs: readonly JobTime[]) => median(jobs.map(({ whole }) => whole));
  const medians = {
    bare: median(bare),
    cold: whole(cold),
    warm: whole(warm),
    firstCold: median(cold.map(first)),
    firstWarm: median(warm.map(first)),
  };
  const verdicts = catalogue[program.row].targets.map((target: Target) => {
    const of = target.peer === "cold" ? "cold" : "bare";
    const ratio = medians.warm / medians[of];
    const said = isReached(target, ratio) ? "reached" : "missed";
    return `${ratio.toFixed(3)} x ${of}; target <= ${target.most}: ${said}`;
  });
  const figures = Object.values(medians).map((ms) => ms.toFixed(2).padStart(9));
  return [program.name.padEnd(36), ...figures, "   ", verdicts.join("; ")].join("");
}

if (import.meta.main) {
  const rounds = Number(Deno.args[0] ?? 15);
  const native = await buildNative();
  if (native === null) {
    console.log("SKIPPED: no C compiler for the bare starts");
  } else {
    console.log("medians, ms".padEnd(36) + titles.map((title) => title.padStart(9)).join(""));
    for (const program of programs) {
      if (isInstalled(program)) console.log(await line(program, native, rounds));
      else console.log(`SKIPPED: ${program.name}: no "${program.needs}"`);
    }
    console.log("whole jobs; 1st: from the job's start, or from go, to its first output");
  }
}
