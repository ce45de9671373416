// Samples of a long stream of output, and of its effect on the agent's memory.

import { findProgram } from "../tools/command.ts";
import { agentStream, socatStream } from "./throughput.ts";
import { residentBytes } from "../../tests/helpers/census.ts";
import type { PeerKey } from "./catalogue.ts";
import { highWaterKib, maySee, resetHighWater } from "./footprint.ts";
import type { Measurement, Session } from "./session.ts";

/** The stream size for which the targets are stated. */
const STREAM_BYTES = 256 << 20;

async function stream({ rows, agent, directory }: Session) {
  // A long stream may use as much buffer memory as a short one. More would mean that output piles
  // up.
  const watched = (bytes: number, peer?: PeerKey) => {
    if (maySee) resetHighWater(agent.pid);
    const stream = agentStream(agent.path, bytes);
    if (maySee) rows.add("streamPeak", [highWaterKib(agent.pid)], peer);
    return stream;
  };
  watched(STREAM_BYTES / 16, "sixteenth");
  rows.add("streamRss", [residentBytes(agent.pid) / 1024], "before");
  const { rate, droppedBytes } = watched(STREAM_BYTES);
  rows.add("streamRss", [residentBytes(agent.pid) / 1024]);
  rows.add("stream", [rate]);
  rows.add("dropped", [droppedBytes / 1024]);
  if (findProgram("socat") === null) return;
  rows.add("stream", [(await socatStream(directory, STREAM_BYTES)).rate], "cat");
  rows.add("stream", [(await socatStream(directory, STREAM_BYTES, 1 << 17)).rate], "catLarge");
}

/** The stream, only in every third round because it takes a second. */
export const outputMeasurements: readonly Measurement[] = [{ every: 3, take: stream }];
