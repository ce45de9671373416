// Closes a connection whose last message must arrive though its peer may still be sending.
//
// A socket that is closed with bytes unread resets its connection, and the peer may then lose what
// it had not read: over vsock(7) always. So our side is ended first, and what still comes is thrown
// away, for a short time and up to a few bytes. The connection has given up its place by then.

import { EPOLLIN, SHUT_WR } from "../../linux/constants.ts";
import { E } from "../../linux/errno.ts";
import { closeFd, readFd } from "../../linux/fd.ts";
import { shutdown } from "../../linux/socket.ts";
import type { Loop, Timer } from "../core/loop.ts";

/** How long a peer may take to close. */
const FAREWELL_MS = 1000;
/** The most bytes that are thrown away: more than any line, body and socket buffer. */
const MAX_BYTES = 1 << 22;
/** The most connections at once: others are closed without a farewell. */
const MAX_AT_ONCE = 8;

const PIECE = 1 << 16;

/** The connections that are being ended. */
export class Farewell {
  readonly #timers = new Map<number, Timer>();
  #scratch: Uint8Array | undefined;

  constructor(readonly loop: Loop) {}

  /** Ends the connection `fd`, which is watched by nobody, and closes it. */
  to(fd: number): void {
    if (this.#timers.size >= MAX_AT_ONCE || shutdown(fd, SHUT_WR) < 0) return void closeFd(fd);
    let left = MAX_BYTES;
    this.#timers.set(fd, this.loop.after(FAREWELL_MS, () => this.#close(fd)));
    this.loop.watch(fd, () => {
      const count = readFd(fd, this.#scratch ??= new Uint8Array(PIECE));
      if (count === -E.EAGAIN || count === -E.EINTR) return;
      left -= count;
      if (count <= 0 || left <= 0) this.#close(fd);
    }, EPOLLIN);
  }

  #close(fd: number): void {
    this.loop.cancel(this.#timers.get(fd));
    this.#timers.delete(fd);
    this.loop.forget(fd);
    closeFd(fd);
    if (this.#timers.size === 0) this.#scratch = undefined; // a client's bytes
  }
}
