// Measures how long a real pool's steps take on this host, for a simulation to go by.

import type { RunOptions } from "../../controller/client.ts";
import type { Client } from "../../controller/client.ts";
import type { PoolEvent } from "../pool/events.ts";
import type { MachineSource } from "../pool/machine_source.ts";
import { Pool } from "../pool/pool.ts";
import type { Recycling } from "../pool/recycling.ts";
import { Distribution } from "./distribution.ts";
import type { Times } from "./simulated_machine.ts";

/** What is measured. */
export interface MeasureOptions {
  /** Makes a source of machines: each pool has its own. */
  readonly machines: () => MachineSource<Client>;
  readonly job: RunOptions;
  /** Jobs on one machine. */
  readonly jobs: number;
  /** Machines that are booted. */
  readonly boots: number;
}

/** Measures one machine at a time, with nothing else going on in the pool. */
export async function measure({ machines, job, jobs, boots }: MeasureOptions): Promise<Times> {
  const used = await events(machines(), "never", job, jobs);
  const fresh = await events(machines(), "fresh", job, boots);
  return {
    run: Distribution.of(used.flatMap((one) => one.type === "ended" ? [one.ranMs] : [])),
    renew: Distribution.of(gaps(used, "ended", "began")),
    boot: Distribution.of(fresh.flatMap((one) => one.type === "ready" ? [one.bootMs] : [])),
    end: Distribution.of(gaps(fresh, "recycled", "booting")),
  };
}

/** What happened in a pool of one machine that never had nothing to do. */
async function events(
  machines: MachineSource<Client>,
  recycling: Recycling,
  job: RunOptions,
  jobs: number,
): Promise<PoolEvent[]> {
  const seen: PoolEvent[] = [];
  const onEvent = (event: PoolEvent) => seen.push(event);
  await using pool = new Pool<Client>({
    machines,
    size: 1,
    recycling,
    queue: { waiting: jobs },
    onEvent,
  });
  await pool.ready();
  const { signal: _, ...options } = job;
  const results = Array.from({ length: jobs }, () => pool.run(options).result);
  for (const { status, exit_code } of await Promise.all(results)) {
    if (status !== "exited" || exit_code !== 0) throw new Error(`A measured job ended: ${status}`);
  }
  return [...seen];
}

/** Times from each event of one kind to the next of another. */
function gaps(
  seen: readonly PoolEvent[],
  from: PoolEvent["type"],
  to: PoolEvent["type"],
): number[] {
  const found: number[] = [];
  let since: number | null = null;
  for (const { type, at } of seen) {
    if (type === to && since !== null) found.push(at - since);
    if (type === to) since = null;
    if (type === from) since = at;
  }
  return found;
}
