// Says what a profile does with one syscall, and which line of the policy decides it.

import { describe, describeArguments, laterExecs } from "../compile/table.ts";
import type { RuleSet } from "../read/rules.ts";
import { FIRST_UNKNOWN, nearestName, syscallNames, syscallNumber } from "../read/syscall_table.ts";

/**
 * A few lines of text about `syscall` under `set`.
 *
 * @throws Error when no architecture has such a call
 */
export function explain(set: RuleSet, syscall: string): string {
  if (!syscallNames().includes(syscall)) {
    const near = nearestName(syscall);
    throw new Error(
      `Cannot explain "${syscall}": no such syscall${near ? `, did you mean "${near}"?` : ""}`,
    );
  }
  const numbers = (["x86_64", "aarch64"] as const)
    .map((arch) => `${arch} ${syscallNumber(syscall, arch) ?? "none"}`).join(", ");
  const lines = [`${syscall} (${numbers}) in profile ${set.name}:`];
  const rules = set.rules.filter((rule) => rule.syscall === syscall);
  for (const { comparisons, action, group, why, at } of rules) {
    const when = comparisons.length ? ` when argument ${describeArguments(comparisons)}` : "";
    const where = at.line > 0 ? `policy.jsonc:${at.line}` : "built in";
    lines.push(`  ${describe(action)}${when}`);
    lines.push(`    ${group === "" ? "profile" : group}, ${where}: ${why}`);
  }
  if (syscall === "execve" && set.exec !== "once" && set.name !== "agent") {
    lines.push(`    "exec": "${set.exec}" in the profile: ${laterExecs[set.exec]}`);
  }
  if (syscall === "execve" && rules.length === 0 && set.name !== "agent") {
    lines.push(`  the launcher's own succeeds, later ones are ${describe(set.defaultAction)}`);
    lines.push(`    "exec": "once" in the profile`);
  } else if (rules.every((rule) => rule.comparisons.length > 0)) {
    const numbered = syscallNumber(syscall, "x86_64") ?? syscallNumber(syscall, "aarch64") ?? 0;
    const newer = rules.length === 0 && numbered >= FIRST_UNKNOWN;
    const answer = describe(newer ? set.newerAction : set.defaultAction);
    lines.push(rules.length > 0 ? `  ${answer} with any other argument` : `  ${answer}`);
    lines.push(newer ? '    "newer_than_table" of the profile' : '    "default" of the profile');
  }
  return lines.join("\n");
}
