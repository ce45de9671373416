// Signs of life of the workers, in a key-value bucket that forgets who gives none.

import { jetstream } from "@nats-io/jetstream";
import { type KV, Kvm } from "@nats-io/kv";
import type { NatsConnection } from "@nats-io/transport-node";
import { buckets } from "./names.ts";

/** What a worker says of itself. */
export interface WorkerBeat {
  readonly name: string;
  readonly host: string;
  readonly class: string;
  readonly version: string;
  /** How many machines it has, how many wait, and how many jobs it has in its hands. */
  readonly size: number;
  readonly idle: number;
  readonly jobs: number;
  /** Deliveries that have ended since it began, by how. */
  readonly ended: Readonly<Record<string, number>>;
  readonly startedAt: number;
  readonly at: number;
}

/** The bucket. */
export class Heartbeats {
  private constructor(readonly kv: KV) {}

  static async open(nc: NatsConnection): Promise<Heartbeats> {
    return new Heartbeats(
      await new Kvm(jetstream(nc)).open(buckets.workers, { allow_direct: true }),
    );
  }

  async beat(beat: WorkerBeat): Promise<void> {
    await this.kv.put(beat.name, JSON.stringify(beat));
  }

  /** It ends, and need not be waited for. */
  async leave(name: string): Promise<void> {
    await this.kv.delete(name);
  }

  /** All who were heard of lately. */
  async all(): Promise<WorkerBeat[]> {
    const names = await Array.fromAsync(await this.kv.keys());
    const found = await Promise.all(names.map((name) => this.kv.get(name)));
    return found.flatMap((entry) => entry?.operation === "PUT" ? [entry.json<WorkerBeat>()] : [])
      .toSorted((a, b) => a.name < b.name ? -1 : 1);
  }
}
