// Puts a profile beside a well-known one, so that a reader sees how small it is and where it is
// not.

import { DOCKER_LEAVES_OUT } from "./docker_default.ts";
import type { RuleSet } from "../read/rules.ts";
import { syscallNames, syscallNumber } from "../read/syscall_table.ts";

/** A few lines of text: what only one of the two allows, by name, on x86_64. */
export function compareWithDocker(set: RuleSet): string {
  const allowed = set.rules.filter(({ action }) => action.kind === "allow");
  const here = names(allowed.map(({ syscall }) => syscall));
  const there = names(syscallNames().filter((name) => !DOCKER_LEAVES_OUT.has(name)));
  const conditional = names(
    allowed.filter(({ comparisons }) => comparisons.length > 0).map(({ syscall }) => syscall),
  );
  const both = here.filter((name) => there.includes(name));
  const onlyHere = here.filter((name) => !there.includes(name));
  const onlyThere = there.filter((name) => !here.includes(name));
  return [
    `Profile ${set.name} allows ${here.length} syscalls on x86_64, Docker's default ${there.length}.`,
    "",
    `In both: ${both.length}`,
    `Here only for some arguments (${conditional.length}): ${conditional.join(" ")}`,
    `Only here (${onlyHere.length}): ${onlyHere.join(" ") || "none"}`,
    `Only in Docker's (${onlyThere.length}): ${onlyThere.join(" ") || "none"}`,
  ].join("\n");
}

/** Those that x86_64 has, once each, sorted. */
function names(list: readonly string[]): string[] {
  return [...new Set(list)].filter((n) => syscallNumber(n, "x86_64") !== undefined).toSorted();
}
