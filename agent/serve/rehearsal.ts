// A client of the agent's own, over a socket pair, before the first real one: then the code that
// every client needs is compiled.
//
// The pair is made while the agent may still make sockets. The rehearsal is held a moment after the
// start, if no client has come by then. It takes about a millisecond, and starts no job.

import { SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM } from "../../linux/constants.ts";
import { closeFd } from "../../linux/fd.ts";
import { sendFd, socketpair } from "../../linux/socket.ts";
import type { Loop } from "../core/loop.ts";

/** How long after the start. */
const AFTER_MS = 5;

/** Each is asked as often as V8 wants to see code before it compiles more of it. */
const ROUNDS = 3;

/** The last one is read and checked to its end, then refused: no limit may be 0. */
const lines = [
  { type: "ping" },
  { type: "info" },
  {
    type: "run",
    id: 1,
    language: "sh",
    code: "",
    args: [""],
    env: { A: "" },
    stdin: "",
    limits: { processes: 0 },
    timeout_ms: 1,
  },
];

/** The two ends: the server's, and the client's. */
export type Pair = readonly [server: number, client: number];

/** Makes the pair. */
export function rehearsalPair(): Pair {
  return socketpair(SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK);
}

/**
 * Holds the rehearsal in a moment.
 *
 * @param serve Takes the server's end as that of a client; false if there is a client already.
 */
export function rehearse(loop: Loop, [server, client]: Pair, serve: (fd: number) => boolean): void {
  const all = lines.map((line) => `${JSON.stringify(line)}\n`).join("").repeat(ROUNDS);
  loop.after(AFTER_MS, () => {
    if (serve(server)) sendFd(client, new TextEncoder().encode(all));
    else closeFd(server);
    loop.after(0, () => closeFd(client)); // when it has been answered
  });
}
