// The real agent with one more request, "attempt-from-inside": the agent's own process does what
// its filter forbids.
//
// Start-up, filter, loop and jobs are agent/main.ts's, untouched; only what happens between two
// turns of the loop is added. It exists for tests, needs all permissions of the runtime (it is the
// filter that is attacked), and a test sees to it that nothing of it comes into the agent that is
// shipped.

import type { Connection } from "../../agent/serve/connection.ts";
import { Loop } from "../../agent/core/loop.ts";
import { Service } from "../../agent/serve/service.ts";
import { attempts, readyAttempts } from "./inner_attempts.ts";
import { readyWork, works } from "./inner_work.ts";

/** The type of the request; also the mark by which the hook would be found in a bundle. */
const request = "attempt-from-inside";

let asked: { connection: Connection; what: string } | undefined;
/**
 * Work is done between two requests, as the agent's own is: no way back to the runtime's event
 * loop.
 */
const workPrefix = "work ";
let loop: Loop | undefined;

Loop.prototype.run = function (this: Loop): never {
  loop = this;
  while (asked === undefined) this.turn();
  // Back to the runtime's own event loop: what an attempt awaits is done there.
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
await import("../../agent/main.ts"); // the agent runs, until it is asked
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
