// The simulation beside a real pool: the same arrivals, and each job takes as long as in the real one.
//
// A machine that others use too has slow minutes, in which all jobs are slow. Times by chance, however
// well measured, would be spread too evenly for it.

import assert from "node:assert/strict";
import type { Client } from "../../controller/client.ts";
import { hostClock } from "../../host/pool/clock.ts";
import { hostMachines } from "../../host/pool/host_machines.ts";
import { Pool } from "../../host/pool/pool.ts";
import { arrive } from "../../host/simulate/arrivals.ts";
import { quantileOf } from "../../host/simulate/distribution.ts";
import { measure } from "../../host/simulate/measure.ts";
import { simulate } from "../../host/simulate/simulation.ts";
import { heldTime } from "../../host/simulate/sizing.ts";
import { agentCommand } from "../../scripts/tools/source_agent.ts";
import { leavesNothing } from "./leaves_nothing.ts";

/** Mostly waiting: what else this machine does changes its time little. */
const job = { language: "sh", code: "sleep 0.06" };
const [size, busy, jobs, seed] = [2, 0.6, 200, 11];

Deno.test("a simulated pool is about as fast as a real one", () =>
  leavesNothing(async (directory) => {
    const image = { agent: agentCommand() };
    const common = { monitor: "process", image, memoryMib: 512, cpus: 1 } as const;
    const machines = () => hostMachines({ ...common, root: `${directory}/machines` });
    const times = await measure({ machines, job, jobs: 60, boots: 3 });
    const rate = busy * size * 1000 / heldTime(times, "never").mean;
    const count = jobs + Math.ceil(jobs / 10);

    const seen: number[] = [], ran: number[] = [];
    {
      await using pool = new Pool<Client>({
        ...{ machines: machines(), size, recycling: "never", queue: { waiting: count } },
        onEvent: (event) => {
          if (event.type !== "ended") return;
          ran[Number(event.job) - 1] = event.ranMs; // they begin in the order in which they came
          if (Number(event.job) > jobs / 10) seen.push(event.waitedMs + event.ranMs);
        },
      });
      await pool.ready(size);
      const runs: Promise<unknown>[] = [];
      await arrive(hostClock, { rate, count, seed }, () => runs.push(pool.run(job).result));
      await Promise.all(runs);
    }
    const next = ran.values();
    const asSeen = {
      ...times,
      run: Object.assign(times.run, { sample: () => next.next().value! }),
    };
    const { responses } = await simulate({
      ...{ machines: size, rate, recycling: "never", times: asSeen, jobs, seed },
    });
    assert.deepEqual([seen.length, responses.length], [jobs, jobs]);
    for (const part of [0.5, 0.9]) {
      const [real, simulated] = [quantileOf(seen, part), quantileOf(responses, part)];
      console.log(
        `p${100 * part}: real ${real.toFixed(0)} ms, simulated ${simulated.toFixed(0)} ms`,
      );
      const ratio = simulated / real;
      assert.ok(ratio > 0.5 && ratio < 1.6, `p${100 * part}: ${simulated} ms, not ${real}`);
    }
  }));
