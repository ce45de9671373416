// Starts a worker, and makes on the server what is missing there.

import type { Client } from "../../controller/client.ts";
import type { Pool } from "../pool/pool.ts";
import { Blobs } from "./blobs.ts";
import type { FleetConnection } from "./connection.ts";
import { DeadLetters } from "./dead_letters.ts";
import { fleetError } from "./fleet_error.ts";
import { Heartbeats } from "./heartbeats.ts";
import { checkToken } from "./names.ts";
import { Outcomes } from "./outcomes.ts";
import { persist, unlessAway } from "./persist.ts";
import { prepare } from "./prepare.ts";
import { usualSettings } from "./settings.ts";
import { Worker } from "./worker.ts";
import type { WorkerOptions } from "./worker_options.ts";

/** Prepares the server, as soon as it answers, and starts a worker. */
export async function startWorker(
  nc: FleetConnection,
  pool: Pool<Client>,
  options: WorkerOptions = {},
): Promise<Worker> {
  checkToken("a class", options.class ?? "default");
  const made = `${Deno.hostname().replace(/[^A-Za-z0-9_-]/g, "-").slice(0, 40)}-`;
  const name = checkToken("a name", options.name ?? made + crypto.randomUUID().slice(0, 8));
  const settings = { ...usualSettings, ...options.settings };
  const never = new AbortController().signal;
  const { keepBytes = 16 * 1024 * 1024 } = options;
  try {
    const context = await persist(never, async () => {
      await prepare(nc, settings);
      const blobs = new Blobs(nc, settings);
      const outcomes = await Outcomes.openFresh(nc, blobs);
      return { nc, pool, blobs, outcomes, dead: new DeadLetters(nc), keepBytes };
    }, unlessAway);
    const worker = new Worker(name, options, context, await Heartbeats.open(nc));
    await worker.start();
    return worker;
  } catch (cause) {
    throw fleetError("Cannot start a worker", cause);
  }
}
