// One output stream of a running job: from its pipe into the ring, and from the ring to the client.
//
// Reading and sending alternate, so that a client that keeps up gets every byte. The agent does not
// wait for a client that takes nothing for a while: then the ring overwrites old bytes, and the
// offsets show the gap.

import { E } from "../../linux/errno.ts";
import { readFd } from "../../linux/fd.ts";
import type { Ring } from "./ring.ts";

/** The most bytes of one read or one message. */
export const PIECE = 1 << 18;

/** The agent's side of one pipe. */
export class OutputStream {
  /** Descriptor of the pipe, or -1 once it has ended. */
  fd = -1;
  /** Whether the pipe may have data. Edge-triggered, so this stays true until EAGAIN. */
  readable = false;
  /** Offset of the first byte not yet sent to the client. */
  sent = 0;
  /** Bytes overwritten before they could be sent to the client. */
  missed = 0;
  /** Why it could not be read to its end, as a positive error number; 0: nothing went wrong. */
  errno = 0;

  constructor(readonly name: "stdout" | "stderr", readonly ring: Ring) {}

  /** Starts with another pipe. */
  open(fd: number): void {
    this.fd = fd;
    this.readable = true;
    this.sent = 0;
    this.missed = 0;
    this.errno = 0;
    this.ring.clear();
  }

  /** Bytes not yet sent to the client. */
  get backlog(): number {
    return this.ring.total - this.sent;
  }

  /** The next piece for the client. Bytes overwritten before this call count as missed. */
  take(): { offset: number; piece: Uint8Array } {
    const offset = Math.max(this.sent, this.ring.start);
    const piece = this.ring.piece(offset, PIECE);
    this.missed += offset - this.sent;
    this.sent = offset + piece.length;
    return { offset, piece };
  }

  /**
   * Reads once.
   *
   * @returns Number of bytes read; 0 if there are none now, -1 if there will be no more.
   */
  read(): number {
    if (!this.readable) return 0;
    let count = readFd(this.fd, this.ring.room(PIECE));
    while (count === -E.EINTR) count = readFd(this.fd, this.ring.room(PIECE));
    if (count > 0) {
      this.ring.written(count);
      return count;
    }
    this.readable = false;
    if (count === -E.EAGAIN) return 0;
    this.errno = -count;
    return -1;
  }
}
