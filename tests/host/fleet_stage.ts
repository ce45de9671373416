// A server, a pool of `process` machines, a worker and a client for a test, all of its own.

import type { Client } from "../../controller/client.ts";
import { FleetClient } from "../../host/fleet/client.ts";
import { openConnection } from "../../host/fleet/connection.ts";
import type { Outcome } from "../../host/fleet/outcome.ts";
import type { FleetSettings } from "../../host/fleet/settings.ts";
import { startWorker } from "../../host/fleet/start_worker.ts";
import type { Worker } from "../../host/fleet/worker.ts";
import type { WorkerOptions } from "../../host/fleet/worker_options.ts";
import type { WorkerEvent } from "../../host/fleet/worker_events.ts";
import { hostMachines } from "../../host/pool/host_machines.ts";
import type { PoolOptions } from "../../host/pool/options.ts";
import { Pool } from "../../host/pool/pool.ts";
import { agentCommand } from "../../scripts/tools/source_agent.ts";
import { leavesNothing } from "./leaves_nothing.ts";
import { natsServerIn, type TestServer } from "./nats_server.ts";

/** Small enough for a test's disk, and soon over. */
export const smallSettings: Partial<FleetSettings> = {
  ackWaitMs: 2000,
  jobsBytes: 64 * 1024 * 1024,
  outcomesBytes: 64 * 1024 * 1024,
  outputBytes: 16 * 1024 * 1024,
  deadBytes: 16 * 1024 * 1024,
  blobBytes: 128 * 1024 * 1024,
  workerTtlMs: 3000,
};

/** What a test has. */
export interface FleetStage {
  readonly server: TestServer;
  readonly client: FleetClient;
  readonly directory: string;
  readonly settings: Partial<FleetSettings>;
  /** Starts a worker with a pool of its own in this process. It ends with the test. */
  worker(options?: FleetStageWorker): Promise<StagedWorker>;
  /** Waits for an outcome, 20 s at most. */
  outcome(id: string, tenant?: string): Promise<Outcome>;
}

/** A worker with what it told. */
export interface StagedWorker {
  readonly worker: Worker;
  readonly pool: Pool;
  readonly events: WorkerEvent[];
  stop(graceMs: number): Promise<void>;
}

/** Options of a worker, and of its pool. */
export interface FleetStageWorker extends WorkerOptions {
  readonly pool?: Partial<PoolOptions<Client>>;
  /** Where its server is, if something is between. */
  readonly servers?: string;
}

/** Runs `body` with a server and a client, ends all, and fails if a machine left something. */
export function fleetStaged(
  body: (stage: FleetStage) => Promise<void>,
  more: Partial<FleetSettings> = {},
): Promise<void> {
  const settings = { ...smallSettings, ...more };
  return leavesNothing(async (directory) => {
    await using ends = new AsyncDisposableStack();
    const server = ends.use(natsServerIn(directory));
    await server.start();
    const client = ends.use(await FleetClient.connect({ servers: server.url }, settings));
    let count = 0;
    const worker = async ({ pool: poolOptions, servers, ...options }: FleetStageWorker = {}) => {
      const root = `${directory}/w${++count}`;
      const image = { agent: agentCommand() };
      const machine = { monitor: "process", memoryMib: 512, cpus: 1, image, root } as const;
      const machines = hostMachines(machine);
      const pool = new Pool<Client>({ machines, size: 1, recycling: "never", ...poolOptions });
      ends.defer(() => pool[Symbol.asyncDispose]());
      const through = servers ?? server.url;
      const nc = await openConnection({ servers: through, patient: true, pingMs: 1000 });
      ends.defer(() => nc.close());
      const events: WorkerEvent[] = [];
      const { onEvent } = options;
      const worker = await startWorker(nc, pool, {
        name: `w${count}`,
        beatMs: 500,
        ...options,
        settings,
        onEvent: (event) => {
          events.push(event);
          onEvent?.(event);
        },
      });
      let stopped = false;
      const stop = async (graceMs: number) => {
        if (stopped) return;
        stopped = true;
        await worker.stop(graceMs);
        await pool.drain(0);
      };
      ends.defer(() => stop(0));
      return { worker, pool, events, stop };
    };
    const outcome = (id: string, tenant = "default") =>
      client.wait({ tenant, id }, AbortSignal.timeout(20_000));
    await body({ server, client, directory, settings, worker, outcome });
  });
}

/** A program of the shell, to be submitted. */
export const shell = (code: string) => ({ code, run: { language: "sh" } });

/** What a job printed, or what became of it instead. */
export function printed(outcome: Outcome): string {
  if (outcome.kind !== "result") return outcome.kind;
  return new TextDecoder().decode(outcome.result.output.stdout).trim();
}

/** How the deliveries of a worker ended. */
export const ends = ({ events }: StagedWorker) =>
  events.flatMap((event) => event.type === "ended" ? [event.how] : []);
