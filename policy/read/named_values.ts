// The names that a policy may use for argument values and errnos, with the kernel's numbers.
//
// A rule that says AF_UNIX can be reviewed, one that says 1 can't. Only names that a policy has use
// for are here; all of them mean the same on both architectures (linux/*.h, asm-generic/*.h).

import * as C from "./linux_constants.ts";

/** Thrown text: what is wrong with a value, without a place. */
export class ValueError extends Error {}

const MAX = 0xffff_ffff_ffff_ffffn;

/**
 * "AF_UNIX", "PROT_READ|PROT_WRITE", "0x5413" or 3 as the 64-bit number that the filter compares.
 */
export function argumentValue(value: string | number): bigint {
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) {
      throw new ValueError(`Cannot use ${value} exactly: write it as a hexadecimal string`);
    }
    return BigInt(value);
  }
  if (/^0x[0-9a-fA-F]+$/.test(value)) {
    const number = BigInt(value);
    if (number > MAX) throw new ValueError(`Cannot use "${value}": an argument has 64 bits`);
    return number;
  }
  let all = 0n;
  for (const name of value.split("|").map((part) => part.trim())) {
    const number = C.ARGUMENTS[name];
    if (number === undefined) {
      throw new ValueError(`Cannot find the constant "${name}": use its number, such as "0x5413"`);
    }
    all |= number;
  }
  return all;
}

/** The number of an errno name. */
export function errnoValue(name: string): number {
  const number = C.ERRNOS[name];
  if (number === undefined) {
    const known = Object.keys(C.ERRNOS).join(", ");
    throw new ValueError(`Cannot find the errno "${name}": use one of ${known}`);
  }
  return number;
}
