// Samples of starting the agent, and of the first connection to it.

import { startListener } from "./listener.ts";
import { firstConnections, greeting, lineStart, listeningStart, readyStart } from "./start_up.ts";
import type { Measurement, Session } from "./session.ts";

/**
 * The second of two starts. The first one pays for what the machine took back while it rested,
 * which for a program of 80 MB is as much as its start.
 */
async function second(start: () => Promise<number>): Promise<number[]> {
  await start();
  return [await start()];
}

async function start({ rows, form, directory }: Session) {
  const empty = () => lineStart(form.empty);
  rows.add("start", await second(() => readyStart(form, directory)));
  rows.add("start", await second(empty), "empty");
  rows.add("load", await second(() => lineStart([...form.agent, "--version"])));
  rows.add("load", await second(empty), "empty");
}

async function listening({ rows, form, directory }: Session) {
  rows.add("listening", await second(() => listeningStart(form, directory)));
}

async function connect({ rows, form, native, directory }: Session) {
  const { first, later } = await firstConnections(form, directory);
  rows.add("accept", [first]);
  rows.add("accept", [later], "later");
  const path = `${directory}/greet.sock`;
  const peer = await startListener([native.peer, "greet", path, "1"]);
  rows.add("accept", [greeting(path)], "greet");
  await peer.ended;
  await Deno.remove(path);
}

/** All measurements that start agents. */
export const startMeasurements: readonly Measurement[] = [
  { every: 1, take: start },
  { every: 2, take: listening },
  { every: 2, take: connect },
];
