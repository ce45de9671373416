// The real agent with one more request, "attempt-from-inside": it makes the agent's own process do
// what its filter forbids.
//
// Start-up, filter, loop and jobs are those of agent/main.ts, unchanged. Only code between two
// turns of the loop is added. This module is only for tests and needs all permissions of the
// runtime, because the filter is what is attacked. A test checks that none of it is in the shipped
// agent.

import type { Connection } from "../../agent/serve/connection.ts";
import { Loop } from "../../agent/core/loop.ts";
import { Service } from "../../agent/serve/service.ts";
import { attempts, readyAttempts } from "./inner_attempts.ts";
import { readyWork, works } from "./inner_work.ts";

/** The type of the request. Also the text by which the hook would be found in a bundle. */
const request = "attempt-from-inside";

let asked: { connection: Connection; what: string } | undefined;
/**
 * Work runs between two requests, like the agent's own work, without returning to the runtime's
 * event loop.
 */
const workPrefix = "work ";
let loop: Loop | undefined;

Loop.prototype.run = function (this: Loop): never {
  loop = this;
  while (asked === undefined) this.turn();
  // Return to the runtime's event loop, which completes what an attempt awaits.
  return undefined as never;
};

const onRequest = Service.prototype.onRequest;
Service.prototype.onRequest = function (session, value, bytes) {
  const { connection } = session;
  if (value.type !== request) return onRequest.call(this, session, value, bytes);
  const what = String(value.what);
  if (!what.startsWith(workPrefix)) return void (asked = { connection, what });
  const [, name, ms] = what.split(" ");
  answer(connection, String(works[name](Number(ms))));
};

function answer(connection: Connection, result: string): void {
  const message: { type: string; result: string } = { type: "attempted", result };
  connection.send(message);
}

await readyAttempts();
await readyWork();
await import("../../agent/main.ts"); // the agent runs until an attempt is requested
while (loop !== undefined && asked !== undefined) {
  const { connection, what }: { connection: Connection; what: string } = asked;
  asked = undefined;
  let result;
  try {
    result = String(await attempts[what]());
  } catch (error) {
    result = String(error);
  }
  answer(connection, result);
  loop.run();
}
