// The outcomes of all jobs, in a key-value bucket. The first that is written for a job stays.

import { jetstream, JetStreamApiCodes, JetStreamApiError } from "@nats-io/jetstream";
import { type KV, Kvm } from "@nats-io/kv";
import type { NatsConnection } from "@nats-io/transport-node";
import { type Blobs, fetchMessage } from "./blobs.ts";
import { FleetError, fleetError } from "./fleet_error.ts";
import { buckets, type JobName, keyOf } from "./names.ts";
import { type Outcome, outcomeOf, packedOutcome } from "./outcome.ts";
import { unpack } from "./packed.ts";

const bucket = (nc: NatsConnection, allow_direct: boolean) =>
  new Kvm(jetstream(nc)).open(buckets.outcomes, { allow_direct });

/** The codes of a server that has a value for the key already. */
const TAKEN: readonly number[] = [
  JetStreamApiCodes.StreamWrongLastSequence,
  JetStreamApiCodes.StreamWrongLastSequenceUnknown,
];

/** The bucket. */
export class Outcomes {
  private constructor(readonly nc: NatsConnection, readonly blobs: Blobs, readonly kv: KV) {}

  /** For who may read only some of it: any server of a cluster answers, also one that is behind. */
  static async open(nc: NatsConnection, blobs: Blobs): Promise<Outcomes> {
    return new Outcomes(nc, blobs, await bucket(nc, true));
  }

  /** For who must see what was stored just now: in a cluster the leader answers. */
  static async openFresh(nc: NatsConnection, blobs: Blobs): Promise<Outcomes> {
    const jsm = await jetstream(nc).jetstreamManager(false);
    const { config } = await jsm.streams.info(`KV_${buckets.outcomes}`);
    return new Outcomes(nc, blobs, await bucket(nc, config.num_replicas === 1));
  }

  /**
   * Stores an outcome, unless there is one. Returns whether it is the one. The server tells those who
   * wait.
   *
   * @throws FleetError It may be stored, and may not: try again.
   */
  async store(outcome: Outcome): Promise<boolean> {
    const { tenant, storedAt } = outcome;
    const name = `${outcome.id}/${storedAt}-${crypto.randomUUID().slice(0, 8)}`;
    const packed = await this.blobs.pack("outcomes", tenant, name, packedOutcome(outcome));
    const first = await this.#create(keyOf(outcome), packed.bytes);
    if (!first && packed.blob !== undefined) await this.#removeLoser(outcome, packed.blob);
    return first;
  }

  /** What became of a job; null if that is not known yet, or not any more. */
  async get(job: JobName): Promise<Outcome | null> {
    try {
      const entry = await this.kv.get(keyOf(job));
      if (entry === null || entry.operation !== "PUT") return null;
      return await this.read(job, entry.value);
    } catch (cause) {
      throw fleetError(`Cannot look for the outcome of "${job.id}"`, cause);
    }
  }

  /** An outcome from the bucket, or as it was told. */
  async read(job: JobName, bytes: Uint8Array): Promise<Outcome> {
    const message = await fetchMessage(this.blobs, "outcomes", job.tenant, bytes);
    if (message !== null) return outcomeOf(message);
    throw new FleetError("server", `The output of "${job.id}" is gone`);
  }

  /** Whether there is one, without fetching what is large of it. */
  async kindOf(job: JobName): Promise<Outcome["kind"] | null> {
    try {
      const entry = await this.kv.get(keyOf(job));
      if (entry === null || entry.operation !== "PUT") return null;
      return unpack(entry.value).line.kind as Outcome["kind"];
    } catch (cause) {
      throw fleetError(`Cannot look for the outcome of "${job.id}"`, cause);
    }
  }

  async #create(key: string, bytes: Uint8Array): Promise<boolean> {
    try {
      await this.kv.create(key, bytes);
      return true;
    } catch (cause) {
      const code = cause instanceof JetStreamApiError ? cause.code : 0;
      if (TAKEN.includes(code)) return false;
      throw fleetError("Cannot store an outcome", cause);
    }
  }

  /** A blob that no outcome names; but a try whose answer was lost may have named it. */
  async #removeLoser(job: JobName, blob: string): Promise<void> {
    const entry = await this.kv.get(keyOf(job)).catch(() => null);
    if (entry === null || unpack(entry.value).blob === blob) return;
    await this.blobs.remove("outcomes", job.tenant, blob).catch(() => {}); // its time will end
  }
}
