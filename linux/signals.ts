// Names of signals, and the numbers back from the names.
//
// Results and requests say "SIGTERM"; the kernel says 15. The table is built from the constants, so
// each number is written in one place only.

import * as constants from "./constants.ts";

const numbers = new Map<string, number>(
  Object.entries(constants).filter(([name]) => /^SIG[A-Z0-9]+$/.test(name)) as [string, number][],
);
const names = new Map([...numbers].map(([name, number]) => [number, name]));

/** Number of the last signal, real-time ones included: signal(7). */
export const SIGRTMAX = 64;

/**
 * "SIGKILL" for 9, "SIGRTMIN+2" for 36 (counted from the kernel's first, 34 with glibc), else
 * "signal 99".
 */
export function signalName(number: number): string {
  const name = names.get(number);
  if (name !== undefined) return name;
  if (number >= 34 && number <= SIGRTMAX) {
    return number === 34 ? "SIGRTMIN" : `SIGRTMIN+${number - 34}`;
  }
  return `signal ${number}`;
}

/** 9 for "SIGKILL" (standard signals only); undefined for an unknown name. */
export function signalNumber(name: string): number | undefined {
  return numbers.get(name);
}
