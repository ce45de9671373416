// Samples of starting the agent, and of the first connection to it.

import { startListener } from "./listener.ts";
import { agentStart, firstConnections, greeting, lineStart } from "./start_up.ts";
import type { Measurement, Session } from "./session.ts";

async function start({ rows, form, directory }: Session) {
  const { listening, ready } = await agentStart(form, directory);
  rows.add("start", [ready]);
  rows.add("listening", [listening]);
  rows.add("start", [await lineStart(form.empty)], "empty");
  rows.add("load", [await lineStart([...form.agent, "--version"])]);
  rows.add("load", [await lineStart(form.empty)], "empty");
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
  { every: 2, take: connect },
];
