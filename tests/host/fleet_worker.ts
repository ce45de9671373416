// A worker as a process of its own, for tests that kill it. A job whose id begins with "kills" kills
// it: as a job would that brings its host down.
//
// Its only argument is JSON: where the server is, its name, its directory, its settings.

import { openConnection } from "../../host/fleet/connection.ts";
import type { FleetSettings } from "../../host/fleet/settings.ts";
import { startWorker } from "../../host/fleet/start_worker.ts";
import { hostMachines } from "../../host/pool/host_machines.ts";
import { Pool } from "../../host/pool/pool.ts";
import { agentCommand } from "../../scripts/tools/source_agent.ts";

/** The argument. */
export interface FleetWorkerOptions {
  readonly server: string;
  readonly name: string;
  readonly root: string;
  readonly size: number;
  readonly settings: Partial<FleetSettings>;
}

if (import.meta.main) {
  const { server, name, root, size, settings }: FleetWorkerOptions = JSON.parse(Deno.args[0]);
  const image = { agent: agentCommand() };
  const machines = hostMachines({ monitor: "process", memoryMib: 512, cpus: 1, image, root });
  const pool = new Pool({ machines, size, recycling: "never" });
  const nc = await openConnection({ servers: server, patient: true, pingMs: 1000, name });
  const worker = await startWorker(nc, pool, {
    name,
    settings,
    sweepMs: 2000,
    onEvent: (event) => {
      if (event.type !== "begins" || !event.job.id.startsWith("kills")) return;
      Deno.kill(Deno.pid, "SIGKILL");
    },
  });
  Deno.addSignalListener("SIGTERM", async () => {
    await worker.stop(10_000);
    await pool.drain(0);
    await nc.drain();
    Deno.exit(0);
  });
}
