// epoll: waiting for many descriptors at once.
//
// The program waits nowhere else. Events are returned in preallocated memory and read by index, so
// that a turn of the loop makes no garbage. The data word is a number that the caller chooses (0 to
// 2^32-1), never a pointer.

import { EPOLL_CLOEXEC, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD } from "./constants.ts";
import { check, errno } from "./errno.ts";
import { closeFd } from "./fd.ts";
import { libc } from "./libc.ts";
import { allocate, type Bytes } from "./memory.ts";
import { type Arch, thisArch } from "./syscall_numbers.ts";

/** struct epoll_event: packed on x86_64 only (sys/epoll.h). */
export const epollEventLayout: Record<Arch, { size: number; data: number }> = {
  x86_64: { size: 12, data: 4 },
  aarch64: { size: 16, data: 8 },
};
const { size: eventSize, data: dataOffset } = epollEventLayout[thisArch];

/** One epoll instance and the memory for its events. */
export class Epoll {
  /** The epoll descriptor, which can itself be polled. */
  readonly fd: number;
  readonly #events: Bytes;
  readonly #view: DataView;
  readonly #one: Bytes = allocate(eventSize);
  readonly #oneView = new DataView(this.#one.buffer);

  /** `maxEvents` is the most that one `wait` reports. */
  constructor(readonly maxEvents = 64) {
    this.fd = check(libc.epoll_create1(EPOLL_CLOEXEC), "epoll_create1", "create an epoll instance");
    this.#events = allocate(maxEvents * eventSize);
    this.#view = new DataView(this.#events.buffer);
  }

  /** Watches `fd` for `events` (EPOLLIN ...); `data` comes back with each event. */
  add(fd: number, events: number, data: number = fd): void {
    this.#control(EPOLL_CTL_ADD, fd, events, data);
  }

  /** Changes what is watched; `data` is replaced as well. */
  modify(fd: number, events: number, data: number = fd): void {
    this.#control(EPOLL_CTL_MOD, fd, events, data);
  }

  /**
   * Stops watching `fd`. Needed before close if duplicates of it are open elsewhere (epoll(7),
   * questions).
   */
  delete(fd: number): void {
    this.#control(EPOLL_CTL_DEL, fd, 0, 0);
  }

  #control(operation: number, fd: number, events: number, data: number): void {
    this.#oneView.setUint32(0, events, true);
    this.#oneView.setUint32(dataOffset, data, true);
    check(libc.epoll_ctl(this.fd, operation, fd, this.#one), "epoll_ctl", "watch descriptor", fd);
  }

  /**
   * epoll_wait(2). Hot. Number of events, 0 after `timeoutMs` (-1: no limit), or minus the error
   * number.
   */
  wait(timeoutMs: number): number {
    const n = libc.epoll_wait(this.fd, this.#events, this.maxEvents, timeoutMs);
    return n === -1 ? -errno() : n;
  }

  /** Event bits of the i-th event of the last `wait`. */
  eventAt(i: number): number {
    return this.#view.getUint32(i * eventSize, true);
  }

  /** Data word of the i-th event of the last `wait`. */
  dataAt(i: number): number {
    return this.#view.getUint32(i * eventSize + dataOffset, true);
  }

  /** Closes the instance; the watched descriptors stay open. */
  close(): void {
    closeFd(this.fd);
  }

  /** Same as `close`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
