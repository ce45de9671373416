// A token bucket: so many runs a minute, of which some may come at once. It is a pure function of
// the time that it is given.

/** A bucket that is full at first. */
export class TokenBucket {
  #left: number;
  #at: number;

  /** @param perMinute How many are put in each minute, and how many are in it at most. */
  constructor(readonly perMinute: number, now: number) {
    this.#left = perMinute;
    this.#at = now;
  }

  /** Takes one. Returns 0, or the seconds until there is one again, and takes nothing. */
  take(now: number): number {
    const filled = Math.max(0, now - this.#at) * this.perMinute / 60_000;
    this.#left = Math.min(this.perMinute, this.#left + filled);
    this.#at = Math.max(this.#at, now);
    if (this.#left < 1) return (1 - this.#left) * 60 / this.perMinute;
    this.#left--;
    return 0;
  }
}
