// Requests that come by chance: so many a second on average, knowing nothing of each other.

import { type Clock, wait } from "../pool/clock.ts";
import { exponential, seededRandom } from "./random.ts";

/** Calls `send` `count` times. The same seed gives the same times on any clock. */
export async function arrive(
  clock: Clock,
  options: { readonly rate: number; readonly count: number; readonly seed: number },
  send: () => void,
): Promise<void> {
  const random = seededRandom(options.seed);
  let due = clock.now();
  for (let sent = 0; sent < options.count; sent++) {
    send();
    due += exponential(1000 / options.rate, random);
    await wait(clock, Math.max(0, due - clock.now()));
  }
}
