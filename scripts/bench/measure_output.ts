// Samples of a long stream of output, and of what it does to the agent's memory.

import { findProgram } from "../build/command.ts";
import { agentStream, socatStream } from "./throughput.ts";
import { highWaterKib, memoryOf, resetHighWater } from "./footprint.ts";
import type { Measurement, Session } from "./session.ts";

/** What targets are stated for. */
const STREAM_BYTES = 256 << 20;

async function stream({ rows, agent, directory }: Session) {
  const { rssKib } = memoryOf(agent.pid);
  resetHighWater(agent.pid);
  const { rate, droppedBytes } = agentStream(agent.path, STREAM_BYTES);
  rows.add("streamRss", [highWaterKib(agent.pid)]);
  rows.add("streamRss", [rssKib], "before");
  rows.add("stream", [rate]);
  rows.add("dropped", [droppedBytes / 1024]);
  if (findProgram("socat") === null) return;
  rows.add("stream", [(await socatStream(directory, STREAM_BYTES)).rate], "cat");
  rows.add("stream", [(await socatStream(directory, STREAM_BYTES, 1 << 17)).rate], "catLarge");
}

/** The stream, seldom: it takes a second. */
export const outputMeasurements: readonly Measurement[] = [{ every: 3, take: stream }];
