// Time, as the pool gets it: a simulation hands in another.

/** A clock with timers. */
export interface Clock {
  /** Milliseconds since 1970. It never goes back. */
  now(): number;
  /** Calls once, after `ms`. Returns what takes it back. */
  after(ms: number, call: () => void): () => void;
}

/** The longest time of one of the runtime's timers. */
const LONGEST_MS = 0x7fff_ffff;

/** This host's. */
export const hostClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, Math.min(ms, LONGEST_MS));
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`. */
export function wait(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve));
}

/** What `within` gives when the time is over. */
export const LATE = Symbol("late");

/**
 * What `promise` gives, or `LATE`. A timer that itself comes late says that this host stood still:
 * then the answer may be waiting to be read, and gets as long again, once.
 */
export async function within<Value>(
  clock: Clock,
  ms: number,
  promise: Promise<Value>,
): Promise<Value | typeof LATE> {
  const late = Promise.withResolvers<typeof LATE>();
  const due = clock.now() + ms;
  let cancel = clock.after(ms, () => {
    if (clock.now() < due + ms / 2) return late.resolve(LATE);
    cancel = clock.after(ms, () => late.resolve(LATE));
  });
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    cancel();
  }
}
