// A burst: several clients ask for a run of the stamp program at the same moment, and are served one
// after the other.

import { monotonicNs } from "../../linux/timerfd.ts";
import { resultOf, stampIn } from "./jobs.ts";
import type { BlockingWire } from "./wire.ts";

/** One run of a burst, on the clock of `monotonicNs`. */
export interface Served {
  /** When its first instruction ran. */
  readonly stamp: bigint;
  /** When its client had its result. */
  readonly end: bigint;
}

/** The first and the last run of a burst, in milliseconds. */
export interface Burst {
  /** From the request to the first run's first instruction. */
  readonly first: number;
  /** From the end of the run before the last to the last one's first instruction. */
  readonly last: number;
}

/** A burst whose requests were sent from `sent` on, and served in the order of `runs`. */
export function burstOf(sent: bigint, runs: readonly Served[]): Burst {
  let before = sent;
  for (const { stamp, end } of runs) {
    if (stamp < before || end < stamp) {
      throw new Error("Cannot read a burst: its runs did not follow each other");
    }
    before = stamp;
  }
  const [last, previous] = runs.toReversed();
  return {
    first: Number(runs[0].stamp - sent) / 1e6,
    last: Number(last.stamp - previous.end) / 1e6,
  };
}

/** Sends the same request on all connections, and reads the results in the order of the requests. */
export function timeBurst(
  wires: readonly BlockingWire[],
  bytes: Uint8Array,
): Burst & { readonly marks: Burst } {
  const sent = monotonicNs();
  for (const wire of wires) wire.send(bytes);
  const runs = wires.map((wire) => {
    const { timing } = resultOf(wire);
    const { ack_ms, write_ms, spawn_ms } = timing;
    return { end: monotonicNs(), stamp: stampIn(wire), begun: ack_ms + write_ms + spawn_ms };
  });
  const marks = { first: runs[0].begun, last: runs.at(-1)!.begun };
  return { ...burstOf(sent, runs), marks };
}
