// The standard input of a running job: what the client sent, on its way into the pipe.
//
// The pipe never makes the agent wait. What it does not take is kept, up to a bound at which the client
// is not read any further.

import { EPOLLET, EPOLLOUT } from "../linux/constants.ts";
import { E } from "../linux/errno.ts";
import { writeFd } from "../linux/fd.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { Loop } from "./loop.ts";

/** Bytes that wait for the job at most, beside one more message of the client. */
const MOST_WAITING = 1 << 20;

/** Feeds one job at a time. */
export class Stdin {
  #sandbox: Sandbox | undefined;
  #queue: Uint8Array[] = [];
  #waiting = 0;
  #ends = false;

  /** @param onRoom Told when more can be taken. */
  constructor(readonly loop: Loop, readonly onRoom: () => void) {}

  /** Whether more may be given now. */
  get hasRoom(): boolean {
    return this.#waiting < MOST_WAITING;
  }

  /** Forgets what the job before was to get. */
  reset(): void {
    this.#sandbox = undefined;
    this.#queue = [];
    this.#waiting = 0;
    this.#ends = false;
  }

  /** The pipe is there: what waits goes into it. */
  open(sandbox: Sandbox): void {
    this.#sandbox = sandbox;
    this.loop.watch(sandbox.streams.stdin, () => this.#pump(), EPOLLOUT | EPOLLET);
    this.#pump();
  }

  /** Gives the job bytes, which are copied. */
  write(bytes: Uint8Array): void {
    if (this.#ends || bytes.length === 0) return;
    this.#queue.push(bytes.slice());
    this.#waiting += bytes.length;
    this.#pump();
  }

  /** Nothing more will come. */
  end(): void {
    this.#ends = true;
    this.#pump();
  }

  /** Closes the pipe. */
  close(): void {
    const sandbox = this.#sandbox;
    this.#sandbox = undefined;
    if (sandbox === undefined || sandbox.streams.stdin < 0) return;
    this.loop.unwatch(sandbox.streams.stdin);
    sandbox.closeStream("stdin");
  }

  #pump(): void {
    const fd = this.#sandbox?.streams.stdin ?? -1;
    if (fd < 0) return;
    while (this.#queue.length > 0) {
      const first = this.#queue[0];
      const count = writeFd(fd, first);
      if (count === -E.EINTR) continue;
      if (count === -E.EAGAIN) return;
      if (count < 0) { // EPIPE: the job reads no more
        this.#queue = [];
        this.#waiting = 0;
        break;
      }
      this.#waiting -= count;
      if (count === first.length) this.#queue.shift();
      else this.#queue[0] = first.subarray(count);
    }
    if (this.#ends) this.close();
    else this.onRoom();
  }
}
