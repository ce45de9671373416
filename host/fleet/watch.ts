// What a job prints, for who watches: what the server still has of it, and then as it comes.

import { AckPolicy, DeliverPolicy, jetstream } from "@nats-io/jetstream";
import type { FleetConnection } from "./connection.ts";
import { fleetError } from "./fleet_error.ts";
import { outputHeaders } from "./live_output.ts";
import { type JobName, streams, subjects } from "./names.ts";

/** A consumer whose watcher is gone goes after so long. */
const IDLE_MS = 60_000;

/** A piece of output. */
export interface WatchedPiece {
  readonly stream: "stdout" | "stderr";
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** A job that was begun again prints again, from offset 0. */
  readonly delivery: number;
}

/**
 * Gives the output until the job has an outcome, or `over` is aborted.
 *
 * @throws FleetError
 */
export async function* watchOutput(
  nc: FleetConnection,
  job: JobName,
  over: AbortSignal,
): AsyncGenerator<WatchedPiece> {
  const js = jetstream(nc);
  try {
    // The library's ordered consumer would first ask for the whole stream, and who may do that sees
    // the names of everybody's jobs.
    const jsm = await js.jetstreamManager(false);
    const info = await jsm.consumers.add(streams.output, {
      name: `watch-${crypto.randomUUID()}`,
      filter_subject: subjects.output(job),
      deliver_policy: DeliverPolicy.All,
      ack_policy: AckPolicy.None,
      inactive_threshold: IDLE_MS * 1e6,
      mem_storage: true,
    });
    const consumer = js.consumers.getConsumerFromInfo(info);
    const messages = await consumer.consume();
    const stop = () => messages.stop();
    over.addEventListener("abort", stop);
    if (over.aborted) stop();
    try {
      for await (const { headers, data } of messages) {
        if (headers?.get(outputHeaders.end)) return;
        const stream = headers?.get(outputHeaders.stream) === "stderr" ? "stderr" : "stdout";
        const offset = Number(headers?.get(outputHeaders.offset));
        const delivery = Number(headers?.get(outputHeaders.delivery));
        yield { stream, offset, bytes: data, delivery };
      }
    } finally {
      over.removeEventListener("abort", stop);
      await messages.close();
      await consumer.delete().catch(() => {}); // it goes by itself when nobody asks it
    }
  } catch (cause) {
    throw fleetError(`Cannot watch "${job.id}"`, cause);
  }
}
