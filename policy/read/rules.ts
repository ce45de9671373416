// A profile as the generator sees it: every group resolved, every name a number where it can be.
//
// These are the only shapes between the reader of the policy and the maker of filters, so that what
// a filter must do (reference.ts) and how it is made (make_filter.ts) start from the same thing.

import type { Position } from "./problem.ts";

/** Equality of argument `index`, in all 64 bits or those of `mask`. */
export interface Comparison {
  readonly index: number;
  readonly mask?: bigint;
  readonly value: bigint;
  /** As the policy writes it: "PROT_READ", "CLONE_NEWUSER|CLONE_NEWNET = 0". */
  readonly text: string;
}

/**
 * What a call gets. `notify` reaches the agent (seccomp_unotify(2)), which refuses it with `errno`
 * (or lets the first exec go on).
 */
export type Action =
  | { readonly kind: "allow" }
  | { readonly kind: "errno"; readonly errno: number; readonly name: string }
  | { readonly kind: "notify"; readonly errno: number; readonly name: string }
  | { readonly kind: "kill" };

/** One line of an allowlist. No comparisons: whatever the arguments. */
export interface Rule {
  readonly syscall: string;
  readonly comparisons: readonly Comparison[];
  readonly action: Action;
  /** The group it comes from; "" for the profile itself, "launcher" for what every job needs. */
  readonly group: string;
  readonly why: string;
  readonly at: Position;
}

/** One profile, complete. */
export interface RuleSet {
  readonly name: string;
  readonly why: string;
  readonly rules: readonly Rule[];
  /** For every call without a rule. */
  readonly defaultAction: Action;
  /** For calls newer than the syscall table. */
  readonly newerAction: Action;
  readonly exec: "once" | "image" | "free";
  readonly network: "none" | "loopback";
  /** What becomes of a job that was denied more calls than the limit `denied`. */
  readonly manyDenied: "go-on" | "end";
}

/** True when every call that matches `narrow` also matches `wide`. */
export function covers(wide: readonly Comparison[], narrow: readonly Comparison[]): boolean {
  return wide.every((w) => narrow.some((n) => implies(n, w)));
}

/** True when no call matches both. */
export function disjoint(one: readonly Comparison[], other: readonly Comparison[]): boolean {
  return one.some((a) =>
    other.some((b) => {
      const common = (a.mask ?? ALL) & (b.mask ?? ALL);
      return a.index === b.index && (a.value & common) !== (b.value & common);
    })
  );
}

const ALL = 0xffff_ffff_ffff_ffffn;

function implies(known: Comparison, wanted: Comparison): boolean {
  const knownMask = known.mask ?? ALL;
  const wantedMask = wanted.mask ?? ALL;
  return known.index === wanted.index && (knownMask & wantedMask) === wantedMask &&
    (known.value & wantedMask) === wanted.value;
}

/** True when `args` satisfies every comparison. */
export function matches(comparisons: readonly Comparison[], args: readonly bigint[]): boolean {
  return comparisons.every(({ index, mask, value }) => (args[index] & (mask ?? ALL)) === value);
}
