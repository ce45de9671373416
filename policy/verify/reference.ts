// What a policy says about one call: the answer that a filter for it must give.
//
// This is the reference that every generated filter is compared with, so it is written from the
// policy's words alone and shares nothing with the way filters are made.

import { actionValue } from "../compile/action.ts";
import type { Call } from "../compile/bpf.ts";
import type { Arch } from "../../linux/syscall_numbers.ts";
import { ACTION, ARCH_TOKEN, X32_SYSCALL_BIT } from "../libseccomp/constants.ts";
import { matches, type RuleSet } from "../read/rules.ts";
import { FIRST_UNKNOWN, syscallNumber } from "../read/syscall_table.ts";

/** The rules by syscall number, for one architecture. */
export type Reference = (call: Call) => number;

/** Returns the function that answers for `set` on `arch`. */
export function referenceOf(set: RuleSet, arch: Arch): Reference {
  const byNumber = Map.groupBy(set.rules, (rule) => syscallNumber(rule.syscall, arch));
  return ({ number, token, args }) => {
    // Another calling convention has other numbers: nothing honest in a job uses one.
    if (token !== ARCH_TOKEN[arch]) return ACTION.KILL_PROCESS;
    const high = number >= X32_SYSCALL_BIT;
    // -1 is how a tracer says "skip this call", and is no x32 call.
    if (arch === "x86_64" && high && number !== 0xffff_ffff) return ACTION.KILL_PROCESS;
    const rules = byNumber.get(number);
    if (rules === undefined && number >= FIRST_UNKNOWN && !high) {
      return actionValue(set.newerAction);
    }
    const rule = rules?.find((r) => matches(r.comparisons, args));
    return actionValue(rule?.action ?? set.defaultAction);
  };
}
