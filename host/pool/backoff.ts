// How long to wait before the next boot after some have failed: twice as long each time, up to a
// cap, and not quite the same for all, so that many hosts do not try in step.

/** How the waits grow. */
export interface BackoffOptions {
  /** After the first failure, in milliseconds. */
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * The wait after `failures` boots in a row have failed; 0 after none.
 *
 * @param random From 0 up to 1: the wait is shortened by up to a quarter.
 */
export function backoffMs(
  failures: number,
  { firstMs, longestMs }: BackoffOptions,
  random: number,
): number {
  if (failures === 0) return 0;
  const whole = Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 52));
  return whole * (1 - random / 4);
}
