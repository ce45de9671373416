// Compares a filter with the policy, call by call, before anything is written.
//
// libseccomp is not trusted: every filter runs in the interpreter over every syscall number,
// foreign architectures, the x32 range, and for each compared argument the values at which a wrong
// comparison would show (each half, each bit of a mask, and neighbours).

import { type Call, decode, interpret } from "../compile/bpf.ts";
import type { Arch } from "../../linux/syscall_numbers.ts";
import { ARCH_TOKEN, X32_SYSCALL_BIT } from "../libseccomp/constants.ts";
import { referenceOf } from "./reference.ts";
import type { Comparison, RuleSet } from "../read/rules.ts";
import { HIGHEST_NUMBER, syscallNumber } from "../read/syscall_table.ts";

/** Other calling conventions of the same machines: i386, ARM, RISC-V, PowerPC, and none. */
const FOREIGN_TOKENS = [0x40000003, 0x40000028, 0xc00000f3, 0xc0000015, 0];

/** Beyond the table: its end, the x32 range, the sign bit, and -1. */
const OUTLIERS = [
  HIGHEST_NUMBER + 1,
  X32_SYSCALL_BIT - 1,
  X32_SYSCALL_BIT,
  X32_SYSCALL_BIT + 1,
  X32_SYSCALL_BIT + 59,
  0x7fff_ffff,
  0x8000_0000,
  0xffff_fffe,
  0xffff_ffff,
];

const MAX = 0xffff_ffff_ffff_ffffn;
const NO_ARGS = [0n, 0n, 0n, 0n, 0n, 0n];

/** A call on which filter and policy differ. */
export class VerifyError extends Error {
  override readonly name = "VerifyError";
}

/**
 * Throws a VerifyError for the first call that the filter answers differently from the policy.
 *
 * @returns how many calls were compared
 */
export function verify(bytes: Uint8Array, set: RuleSet, arch: Arch): number {
  const program = decode(bytes);
  const reference = referenceOf(set, arch);
  let compared = 0;
  for (const call of callsToTry(set, arch)) {
    const found = interpret(program, call) >>> 0;
    const expected = reference(call) >>> 0;
    compared++;
    if (found === expected) continue;
    const text = call.args.map((arg) => `0x${arg.toString(16)}`).join(", ");
    throw new VerifyError(
      `Cannot trust the filter of profile "${set.name}" for ${arch}: syscall ${call.number}(${text}) ` +
        `by architecture 0x${call.token.toString(16)} gives 0x${found.toString(16)}, ` +
        `the policy says 0x${expected.toString(16)}`,
    );
  }
  return compared;
}

/** Every call that is worth a comparison. */
export function* callsToTry(set: RuleSet, arch: Arch): Generator<Call> {
  const native = ARCH_TOKEN[arch];
  const other = ARCH_TOKEN[arch === "x86_64" ? "aarch64" : "x86_64"];
  const compared = Map.groupBy(
    set.rules.filter((rule) => rule.comparisons.length > 0),
    (rule) => syscallNumber(rule.syscall, arch),
  );
  for (const number of [...Array(HIGHEST_NUMBER + 1).keys(), ...OUTLIERS]) {
    yield { number, token: native, args: NO_ARGS };
    yield { number, token: native, args: Array(6).fill(MAX) };
    for (const token of [other, ...FOREIGN_TOKENS]) yield { number, token, args: NO_ARGS };
    const rules = compared.get(number);
    if (!rules) continue;
    for (const args of argumentsToTry(rules.map((rule) => rule.comparisons))) {
      yield { number, token: native, args };
    }
  }
}

/**
 * The values of all rules of one call, combined: an argument of one rule may meet one of another.
 */
function* argumentsToTry(rules: readonly (readonly Comparison[])[]): Generator<bigint[]> {
  const values = NO_ARGS.map((_, index) => {
    const found = rules.flat().filter((comparison) => comparison.index === index);
    return [...new Set(found.flatMap(boundaries))];
  });
  // Each argument runs through its boundaries while the others stay at values that some rule wants.
  for (const rule of rules) {
    const base = [...NO_ARGS];
    for (const { index, value } of rule) base[index] = value;
    yield base;
    for (const [index, list] of values.entries()) {
      for (const value of list) yield base.with(index, value);
    }
  }
}

/**
 * Values at which a comparison changes: the value, its neighbours, and each half and bit flipped.
 */
function boundaries({ mask, value }: Comparison): bigint[] {
  const all = [value, value + 1n, value - 1n, 0n, 1n, MAX, 0xffff_ffffn, 0x1_0000_0000n];
  all.push(value | 0xffff_ffff_0000_0000n, value ^ 0x8000_0000n, value << 32n, value >> 32n);
  for (let bit = 0n; bit < 64n; bit++) all.push(value ^ (1n << bit));
  // Bits outside of a mask must make no difference.
  if (mask !== undefined) all.push(value | (MAX ^ mask), value ^ mask);
  return all.map((v) => v & MAX);
}
