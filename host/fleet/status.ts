// A moment's picture of a fleet: what waits, who works, and what was given up.

import { type ConsumerInfo, jetstream, type JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { type DeadLetter, DeadLetters } from "./dead_letters.ts";
import { fleetError } from "./fleet_error.ts";
import { Heartbeats, type WorkerBeat } from "./heartbeats.ts";
import { buckets, consumerOf, laneOf, streams } from "./names.ts";

/** A stream. */
export interface StreamStatus {
  readonly name: string;
  readonly messages: number;
  readonly bytes: number;
  /** -1: as much as the server has. */
  readonly maxBytes: number;
}

/** A lane: the jobs of one tenant with one priority, for one class. */
export interface LaneStatus {
  readonly class: string;
  readonly tenant: string;
  readonly priority: string;
  readonly waiting: number;
  /** Delivered, and not acknowledged yet. */
  readonly delivered: number;
  /** Of these, how many were delivered before. */
  readonly redelivered: number;
}

/** A fleet. */
export interface FleetStatus {
  readonly server: { readonly name: string; readonly version: string };
  readonly streams: readonly StreamStatus[];
  readonly lanes: readonly LaneStatus[];
  readonly workers: readonly WorkerBeat[];
  /** The newest ten. */
  readonly deadLetters: readonly DeadLetter[];
}

/** Asks for all of it. @throws FleetError */
export async function fleetStatus(nc: NatsConnection): Promise<FleetStatus> {
  try {
    const jsm = await jetstream(nc).jetstreamManager();
    const names = [streams.jobs, `KV_${buckets.outcomes}`, streams.output, streams.dead];
    const heartbeats = await Heartbeats.open(nc);
    const { server_name = "", version = "" } = nc.info ?? {};
    return {
      server: { name: server_name, version },
      streams: await Promise.all(names.map((name) => streamStatus(jsm, name))),
      lanes: await laneStatus(jsm),
      workers: await heartbeats.all(),
      deadLetters: await new DeadLetters(nc).newest(10),
    };
  } catch (cause) {
    throw fleetError("Cannot tell the fleet's status", cause);
  }
}

async function streamStatus(jsm: JetStreamManager, name: string): Promise<StreamStatus> {
  const { config, state } = await jsm.streams.info(name);
  return { name, messages: state.messages, bytes: state.bytes, maxBytes: config.max_bytes };
}

/** Every lane that has jobs, also those of a class that no worker has ever served. */
async function laneStatus(jsm: JetStreamManager): Promise<LaneStatus[]> {
  const lanes: LaneStatus[] = [];
  const { state } = await jsm.streams.info(streams.jobs, { subjects_filter: "sallyport.jobs.>" });
  const consumers = new Map<string, ConsumerInfo>();
  for await (const info of jsm.consumers.list(streams.jobs)) consumers.set(info.name, info);
  for (const [subject, messages] of Object.entries(state.subjects ?? {})) {
    const lane = laneOf(subject);
    if (lane === null) continue;
    const info = consumers.get(consumerOf(lane));
    const delivered = info?.num_ack_pending ?? 0;
    const waiting = Math.max(0, messages - delivered); // the two were asked one after another
    lanes.push({ ...lane, waiting, delivered, redelivered: info?.num_redelivered ?? 0 });
  }
  return lanes.toSorted((a, b) => b.waiting - a.waiting || (a.tenant < b.tenant ? -1 : 1));
}
