// Makes the filter of one profile for one architecture.
//
// libseccomp turns the rules into a binary tree. It has one default for everything unnamed, and
// that is the profile's default; calls newer than its table need another answer, which a prologue
// of a few instructions gives before the tree is entered.

import { CODE, encode, type Instruction } from "./bpf.ts";
import type { Arch } from "../../linux/syscall_numbers.ts";
import type { Seccomp } from "../libseccomp/binding.ts";
import { ARCH_TOKEN, type OPTIMIZE, X32_SYSCALL_BIT } from "../libseccomp/constants.ts";
import { actionValue } from "./action.ts";
import type { RuleSet } from "../read/rules.ts";
import { FIRST_UNKNOWN, syscallNumber } from "../read/syscall_table.ts";

/** A filter and how it reads. */
export interface Filter {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly pseudoCode: string;
}

/** The kernel takes no longer program (linux/bpf_common.h). */
const MAX_INSTRUCTIONS = 4096;

/**
 * Compiles `set` for `arch`.
 *
 * @throws SeccompError when libseccomp refuses a rule
 */
export function makeFilter(
  seccomp: Seccomp,
  set: RuleSet,
  arch: Arch,
  optimize: keyof typeof OPTIMIZE = "TREE",
): Filter {
  using filter = seccomp.filter(arch, actionValue(set.defaultAction), optimize);
  for (const { syscall, action, comparisons } of set.rules) {
    const number = syscallNumber(syscall, arch);
    if (number !== undefined) filter.rule(actionValue(action), number, comparisons);
  }
  const start = prologue(set, arch);
  const body = filter.bpf();
  const bytes = new Uint8Array([...encode(start), ...body]);
  if (bytes.length / 8 > MAX_INSTRUCTIONS) {
    throw new RangeError(
      `Cannot use a filter of ${bytes.length / 8} instructions for profile "${set.name}"`,
    );
  }
  return { bytes, pseudoCode: describePrologue(set, arch) + filter.pseudoCode() };
}

/** True when the answer to a newer call differs from the answer to any other. */
function needsPrologue(set: RuleSet): boolean {
  return actionValue(set.newerAction) !== actionValue(set.defaultAction);
}

/** Numbers above the table that the policy names all the same. */
function namedNewer(set: RuleSet, arch: Arch): number[] {
  const numbers = set.rules.map(({ syscall }) => syscallNumber(syscall, arch) ?? 0);
  return [...new Set(numbers)].filter((n) => n >= FIRST_UNKNOWN).toSorted((a, b) => a - b);
}

/**
 * Returns the answer for newer calls for numbers from FIRST_UNKNOWN on; everything else falls into
 * the tree.
 */
export function prologue(set: RuleSet, arch: Arch): Instruction[] {
  if (!needsPrologue(set)) return [];
  const named = namedNewer(set, arch);
  const length = 6 + named.length;
  const instructions: Instruction[] = [];
  // Jumps are relative to the next instruction.
  const toTree = () => length - instructions.length - 1;
  const load = (k: number) => instructions.push({ code: CODE.LOAD, jt: 0, jf: 0, k });
  load(4);
  instructions.push({ code: CODE.JUMP_EQUAL, jt: 0, jf: toTree(), k: ARCH_TOKEN[arch] });
  load(0);
  instructions.push({ code: CODE.JUMP_GREATER_EQUAL, jt: 0, jf: toTree(), k: FIRST_UNKNOWN });
  instructions.push({ code: CODE.JUMP_GREATER_EQUAL, jt: toTree(), jf: 0, k: X32_SYSCALL_BIT });
  for (const number of named) {
    instructions.push({ code: CODE.JUMP_EQUAL, jt: toTree(), jf: 0, k: number });
  }
  instructions.push({ code: CODE.RETURN, jt: 0, jf: 0, k: actionValue(set.newerAction) });
  return instructions;
}

function describePrologue(set: RuleSet, arch: Arch): string {
  if (!needsPrologue(set) || set.newerAction.kind !== "errno") return "";
  const except = namedNewer(set, arch).map((n) => ` && $syscall != ${n}`).join("");
  const below = `$syscall < ${X32_SYSCALL_BIT}`;
  return `#
# calls newer than the syscall table
#
if ($arch == ${ARCH_TOKEN[arch]} && $syscall >= ${FIRST_UNKNOWN} && ${below}${except})
  action ERRNO(${set.newerAction.errno});
`;
}
