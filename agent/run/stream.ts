// One output stream of a running job: from its pipe into the ring, and from the ring to the client.
//
// Reading and sending go by turns, so that a client that keeps up gets every byte. A client that
// takes nothing for a while is not waited for: then the ring overwrites, and the gap shows in the
// offsets.

import { E } from "../../linux/errno.ts";
import { readFd } from "../../linux/fd.ts";
import type { Ring } from "./ring.ts";

/** Bytes that one read or one message takes. */
export const PIECE = 1 << 18;

/** The agent's side of one pipe. */
export class OutputStream {
  /** Descriptor of the pipe, or -1 when it has ended. */
  fd = -1;
  /** Whether the pipe may have something: edge-triggered, so it holds until EAGAIN. */
  readable = false;
  /** The first byte that the client has not been sent. */
  sent = 0;
  /** Bytes that were overwritten before the client could be sent them. */
  missed = 0;

  constructor(readonly name: "stdout" | "stderr", readonly ring: Ring) {}

  /** Begins with another pipe. */
  open(fd: number): void {
    this.fd = fd;
    this.readable = true;
    this.sent = 0;
    this.missed = 0;
    this.ring.clear();
  }

  /** Bytes that the client has not been sent. */
  get backlog(): number {
    return this.ring.total - this.sent;
  }

  /**
   * Takes the next piece for the client: what was overwritten before it could be taken is missed.
   */
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
   * @returns Bytes that came; 0 when there are none for now, -1 when there are none any more.
   */
  read(): number {
    if (!this.readable) return 0;
    const count = readFd(this.fd, this.ring.room(PIECE));
    if (count > 0) {
      this.ring.written(count);
      return count;
    }
    if (count === -E.EINTR) return 0;
    this.readable = false;
    return count === -E.EAGAIN ? 0 : -1;
  }
}
