// For tests: asks the kernel, through fixtures/ask_kernel.c, how it answers each call under a filter.
//
// The filters are the committed ones, with their answers replaced by errnos so that no call is
// carried out. The question and the expected answer are plain bytes, so any machine can be asked:
// this one, or a guest with another processor.

import { type Call, CODE, decode, encode, type Instruction } from "../compile/bpf.ts";
import { checkPolicy } from "../read/check.ts";
import type { Arch } from "../../linux/syscall_numbers.ts";
import { POLICY_FILE } from "../files.ts";
import { profiles } from "../generated/profiles.ts";
import { ACTION, ARCH_TOKEN } from "../libseccomp/constants.ts";
import { referenceOf } from "../verify/reference.ts";
import { callsToTry } from "../verify/verify.ts";
import { readPolicy } from "../read/read_policy.ts";
import type { RuleSet } from "../read/rules.ts";

/** The C program that asks. */
export const askKernelSource: string = new URL("fixtures/ask_kernel.c", import.meta.url).pathname;

/** One profile's question. */
export interface Question {
  profile: string;
  calls: Call[];
  /** What the program reads. */
  input: Uint8Array<ArrayBuffer>;
  /** What it must write: an i64 for each call. */
  expected: BigInt64Array<ArrayBuffer>;
}

/**
 * Calls that no filter sees: -1 means "skip this call", and since Linux 6.14 x86_64's uretprobe and
 * uprobe pass by (they work only from the kernel's own trampoline, and raise SIGILL elsewhere).
 */
const UNFILTERED = {
  x86_64: new Set([0xffff_ffff, 335, 336]),
  aarch64: new Set([0xffff_ffff]),
};

/** The errno that stands for an answer; real ones stand for themselves. */
function standIn(answer: number): number {
  if (answer === ACTION.ALLOW) return 4001;
  if (answer === ACTION.NOTIFY) return 4002;
  if (answer === ACTION.KILL_PROCESS) return 4003;
  return answer & 0xffff;
}

function withoutEffect(program: readonly Instruction[]): Uint8Array {
  return encode(
    program.map((instruction) =>
      instruction.code === CODE.RETURN
        ? { ...instruction, k: ACTION.ERRNO(standIn(instruction.k)) }
        : instruction
    ),
  );
}

function question(set: RuleSet, arch: Arch): Question {
  const filter = withoutEffect(decode(profiles[set.name].filter[arch]));
  const reference = referenceOf(set, arch);
  const calls = [...callsToTry(set, arch)].filter((call) =>
    call.token === ARCH_TOKEN[arch] && !UNFILTERED[arch].has(call.number)
  );
  const header = new BigUint64Array([BigInt(filter.length / 8), BigInt(calls.length)]);
  const body = new BigUint64Array(calls.flatMap(({ number, args }) => [BigInt(number), ...args]));
  const input = new Uint8Array(16 + filter.length + body.byteLength);
  input.set(new Uint8Array(header.buffer));
  input.set(filter, 16);
  input.set(new Uint8Array(body.buffer), 16 + filter.length);
  const expected = new BigInt64Array(calls.map((call) => BigInt(-standIn(reference(call) >>> 0))));
  return { profile: set.name, calls, input, expected };
}

/** The questions for every profile of the committed policy. */
export async function questions(arch: Arch): Promise<Question[]> {
  const sets = checkPolicy(readPolicy(await Deno.readTextFile(POLICY_FILE)));
  return sets.map((set) => question(set, arch));
}
