// Makes the streams and buckets of a fleet where they are not there yet.

import {
  DiscardPolicy,
  jetstream,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { type ObjectStore, Objm } from "@nats-io/obj";
import type { NatsConnection } from "@nats-io/transport-node";
import { fleetError } from "./fleet_error.ts";
import { buckets, streams } from "./names.ts";
import type { FleetSettings } from "./settings.ts";

const nanos = (ms: number) => ms * 1e6;

/** Makes what is missing. Several may do so at once. @throws FleetError */
export async function prepare(nc: NatsConnection, settings: FleetSettings): Promise<void> {
  try {
    const js = jetstream(nc);
    const jsm = await js.jetstreamManager();
    for (const config of configs(settings)) await addStream(jsm, config);
    const { outcomesBytes: max_bytes, replicas } = settings;
    // And those who wait of an outcome: the whole of it, so that they need not fetch it.
    const republish = { src: `$KV.${buckets.outcomes}.>`, dest: "sallyport.done.>" };
    const outcomes = { max_bytes, replicas, ttl: settings.outcomeTtlMs, history: 1, republish };
    await new Kvm(js).create(buckets.outcomes, outcomes);
    const workers = { ttl: settings.workerTtlMs, replicas, storage: StorageType.Memory };
    await new Kvm(js).create(buckets.workers, workers);
  } catch (cause) {
    throw fleetError("Cannot prepare the server", cause);
  }
}

function configs(settings: FleetSettings): (Partial<StreamConfig> & { name: string })[] {
  const { replicas: num_replicas } = settings;
  return [
    {
      name: streams.jobs,
      subjects: ["sallyport.jobs.>"],
      // The server itself tells workers of a job that it has stored, without the job.
      republish: { src: "sallyport.jobs.>", dest: "sallyport.hint.>", headers_only: true },
      retention: RetentionPolicy.Workqueue,
      // A job that has no room is refused. None that waits is ever dropped.
      discard: DiscardPolicy.New,
      max_bytes: settings.jobsBytes,
      allow_direct: true,
      duplicate_window: nanos(settings.duplicatesMs),
      num_replicas,
    },
    {
      name: streams.dead,
      subjects: ["sallyport.dead.>"],
      max_msgs_per_subject: 1,
      max_bytes: settings.deadBytes,
      max_age: nanos(settings.deadTtlMs),
      num_replicas,
    },
    {
      name: streams.output,
      subjects: ["sallyport.output.>"],
      storage: StorageType.Memory,
      max_bytes: settings.outputBytes,
      max_age: nanos(settings.outputTtlMs),
      num_replicas,
    },
  ];
}

async function addStream(jsm: JetStreamManager, config: Partial<StreamConfig> & { name: string }) {
  try {
    await jsm.streams.info(config.name);
  } catch (error) {
    const missing = error instanceof JetStreamApiError &&
      error.code === JetStreamApiCodes.StreamNotFound;
    if (!missing) throw error;
    await jsm.streams.add(config);
  }
}

/** An object store, made if it is not there. Without `ttlMs` it keeps everything. */
export async function objectStore(
  js: JetStreamClient,
  name: string,
  { blobBytes, replicas }: FleetSettings,
  ttlMs?: number,
): Promise<ObjectStore> {
  const ttl = ttlMs === undefined ? {} : { ttl: nanos(ttlMs) };
  return await new Objm(js).create(name, { max_bytes: blobBytes, replicas, ...ttl });
}
