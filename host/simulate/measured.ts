// Times that were measured once, for a first look at a table without measuring anything.

import { Distribution } from "./distribution.ts";
import type { Times } from "./simulated_machine.ts";

const parts = [0, 0.05, 0.25, 0.5, 0.75, 0.9, 0.99, 1] as const;

const of = (...times: readonly number[]) =>
  new Distribution(parts.map((part, index) => [part, times[index]]));

/**
 * `measure` on two cores that others used at the same time: 400 times Python's "hello", back to
 * back, and 30 boots, on machines of the monitor `process` with the agent from source.
 */
export const measuredTimes: Times = {
  run: of(7.3, 24.5, 31.9, 39.8, 73.8, 126.9, 200.4, 274.3),
  renew: of(0.58, 0.86, 1.17, 1.83, 3.29, 6.74, 44.6, 124.5),
  boot: of(162, 164, 175, 192, 242, 268, 326, 333),
  end: of(30, 32, 35, 42, 49, 55, 71, 72),
};
