// Clears the queue of jobs that were acknowledged, and are in it again.
//
// A server that is killed may forget that it had removed them (version 2.9 does), while it still
// knows that they are done: nobody would ever get them, and they would take room for ever.

import { jetstream, type JetStreamManager, type StoredMsg } from "@nats-io/jetstream";
import type { FleetConnection } from "./connection.ts";
import { readJobLine } from "./job.ts";
import { consumerOf, keyOf, type Lane, laneOf, streams, subjects } from "./names.ts";
import type { Outcomes } from "./outcomes.ts";
import { unpack } from "./packed.ts";

/** Looks through all lanes of a class. Returns how many messages it removed. */
export async function sweep(
  nc: FleetConnection,
  outcomes: Outcomes,
  className: string,
): Promise<number> {
  const jsm = await jetstream(nc).jetstreamManager(false);
  const subjects_filter = `sallyport.jobs.${className}.>`;
  const { state } = await jsm.streams.info(streams.jobs, { subjects_filter });
  let removed = 0;
  for (const [subject, messages] of Object.entries(state.subjects ?? {})) {
    const lane = laneOf(subject);
    if (lane === null) continue;
    const info = await jsm.consumers.info(streams.jobs, consumerOf(lane)).catch(() => null);
    if (info === null || messages <= info.num_pending + info.num_ack_pending) continue;
    removed += await sweepLane(nc, jsm, outcomes, lane, info.ack_floor.stream_seq);
  }
  return removed;
}

/** Up to the floor everything was acknowledged. */
async function sweepLane(
  nc: FleetConnection,
  jsm: JetStreamManager,
  outcomes: Outcomes,
  lane: Lane,
  floor: number,
): Promise<number> {
  let removed = 0;
  for (let seq = 1;; removed++) {
    const found = await jsm.direct.getMessage(streams.jobs, {
      seq,
      next_by_subj: subjects.jobs(lane),
    }).catch(() => null);
    if (found === null || found.seq > floor) return removed;
    await again(nc, outcomes, found, lane);
    await jsm.streams.deleteMessage(streams.jobs, found.seq, false).catch(() => {}); // another did
    seq = found.seq + 1;
  }
}

/** The server may also have lost the outcome. Then the job is submitted anew, once. */
async function again(nc: FleetConnection, outcomes: Outcomes, found: StoredMsg, lane: Lane) {
  const { outcomeTtlMs } = outcomes.blobs.settings;
  if (Date.now() - found.time.getTime() >= outcomeTtlMs) return; // its outcome had its time
  let id: string;
  try {
    id = readJobLine(unpack(found.data)).id;
  } catch {
    return; // it was no job, and is a dead letter
  }
  const name = { tenant: lane.tenant, id };
  if (await outcomes.kindOf(name) !== null) return;
  const msgID = `${keyOf(name)}.again-${found.seq}`;
  await jetstream(nc).publish(subjects.jobs(lane), found.data, { msgID });
}
