// Timers that are descriptors, and the clock they follow.
//
// The program waits for deadlines and everything else in one call, so a timer is one more
// descriptor in the epoll set. All times are CLOCK_MONOTONIC: setting the wall clock does not move
// a deadline.

import { CLOCK_MONOTONIC, TFD_CLOEXEC, TFD_NONBLOCK } from "./constants.ts";
import { check, errno, orErrno } from "./errno.ts";
import { libc } from "./libc.ts";

/** timerfd_create(2). A disarmed, non-blocking timer. */
export function timerfdCreate(): number {
  const fd = libc.timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  return check(fd, "timerfd_create", "create a timer");
}

// struct itimerspec: interval seconds, interval nanoseconds, value seconds, value nanoseconds.
const setting = new BigInt64Array(4);

/**
 * Fires once after `afterMs` (fractions count; at least a nanosecond, because zero would disarm),
 * then every `intervalMs` if that is not 0. Hot. 0 or minus the error number.
 */
export function timerfdArm(fd: number, afterMs: number, intervalMs = 0): number {
  const after = nanoseconds(afterMs);
  const interval = nanoseconds(intervalMs);
  setting[0] = interval / 1_000_000_000n;
  setting[1] = interval % 1_000_000_000n;
  setting[2] = after / 1_000_000_000n;
  setting[3] = after === 0n ? 1n : after % 1_000_000_000n;
  return orErrno(libc.timerfd_settime(fd, 0, setting, null));
}

function nanoseconds(ms: number): bigint {
  return BigInt(Math.max(0, Math.round(ms * 1_000_000)));
}

/** Stops the timer and forgets expirations not read yet. Hot. 0 or minus the error number. */
export function timerfdDisarm(fd: number): number {
  setting.fill(0n);
  return orErrno(libc.timerfd_settime(fd, 0, setting, null));
}

const count = new BigUint64Array(1);

/** Expirations since the last read. Hot. -EAGAIN: none. */
export function timerfdRead(fd: number): number {
  return libc.read(fd, count, 8n) === -1 ? -errno() : Number(count[0]);
}

// struct timespec: seconds, nanoseconds.
const now = new BigInt64Array(2);

/** Nanoseconds of CLOCK_MONOTONIC: comparable with the time of every process of this machine. */
export function monotonicNs(): bigint {
  libc.clock_gettime(CLOCK_MONOTONIC, now);
  return now[0] * 1_000_000_000n + now[1];
}

/** The same clock in milliseconds, with fractions. */
export function monotonicMs(): number {
  libc.clock_gettime(CLOCK_MONOTONIC, now);
  return Number(now[0]) * 1000 + Number(now[1]) / 1_000_000;
}
