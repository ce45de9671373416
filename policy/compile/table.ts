// Writes a profile as a table for its reviewer: each call, when it is allowed, from where, and why.
//
// This is the readable half of the generated files: a change of the policy shows here line by line.

import type { Arch } from "../../linux/syscall_numbers.ts";
import type { Action, Comparison, Rule, RuleSet } from "../read/rules.ts";
import { FIRST_UNKNOWN, syscallNumber } from "../read/syscall_table.ts";

/** What becomes of an execve after the launcher's own. */
export const laterExecs: Readonly<Record<RuleSet["exec"], string>> = {
  once: "the first succeeds, later ones are refused and notified",
  image: "allowed, of the guest's read-only files (Landlock)",
  free: "allowed, also of what the job has written",
};

/** generated/NAME.md */
export function profileTable(set: RuleSet, instructions: ReadonlyMap<Arch, number>): string {
  const sizes = [...instructions].map(([arch, n]) => `${arch} ${n}`).join(", ");
  const rows = set.rules.toSorted((a, b) => compare(a.syscall, b.syscall)).map(row);
  const exec = set.name === "agent"
    ? []
    : [`- execve: ${laterExecs[set.exec]}`, `- network: ${set.network}`];
  return [
    "<!-- Written by `deno task policy` from policy/policy.jsonc. Do not edit. -->",
    "",
    `# Profile ${set.name}`,
    "",
    `${set.why}.`,
    "",
    `- instructions: ${sizes}`,
    ...exec,
    `- calls from number ${FIRST_UNKNOWN} on that are not named: ${describe(set.newerAction)}`,
    `- every other call: ${describe(set.defaultAction)}`,
    "- other architectures and x32: killed",
    "",
    "| syscall | arguments | answer | from | why |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

/** An action in words: "allowed", "refused: ENOSYS". */
export function describe(action: Action): string {
  switch (action.kind) {
    case "allow":
      return "allowed";
    case "errno":
      return `refused: ${action.name}`;
    case "notify":
      return `refused, notified: ${action.name}`;
    case "kill":
      return "killed";
  }
}

/** Comparisons in words: "0: AF_UNIX"; empty for any arguments. */
export function describeArguments(comparisons: readonly Comparison[]): string {
  return comparisons.map(({ index, text }) => `${index}: ${text}`).join(", ");
}

function row(rule: Rule): string {
  const missing = (["x86_64", "aarch64"] as const)
    .filter((arch) => syscallNumber(rule.syscall, arch) === undefined);
  const only = missing.length === 0 ? "" : ` (not ${missing[0]})`;
  const args = describeArguments(rule.comparisons).replaceAll("|", "\\|");
  const from = rule.group === "" ? "profile" : rule.group;
  return `| ${rule.syscall}${only} | ${args} | ${describe(rule.action)} | ${from} | ${rule.why} |`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
