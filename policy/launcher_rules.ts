// What every job's filter must let through because the launcher still needs it.
//
// Between installing the filter and the user's program the launcher's child makes three calls: it
// sends the filter's listener up its control socket, and executes the program, or exits when that
// fails. They are added to every profile so that no policy can forget them.

import { covers, type Rule, type RuleSet } from "./rules.ts";

/** The launcher's control socket (a SOCK_SEQPACKET) is always this descriptor. */
export const CONTROL_DESCRIPTOR = 3;

const allow = { kind: "allow" } as const;
const nowhere = { line: 0, column: 0 };

/** The same set with the launcher's calls, where no rule allows them yet. */
export function addLauncherRules(set: RuleSet): RuleSet {
  const base = { comparisons: [], group: "launcher", at: nowhere };
  const needed: Rule[] = [
    {
      ...base,
      syscall: "sendmsg",
      comparisons: [{ index: 0, value: BigInt(CONTROL_DESCRIPTOR), text: "3" }],
      action: allow,
      why: "the launcher sends the filter's listener up its control socket",
    },
    {
      ...base,
      syscall: "exit_group",
      action: allow,
      why: "the launcher's child ends when it cannot start the program",
    },
  ];
  if (set.exec === "free") {
    needed.push({
      ...base,
      syscall: "execve",
      action: allow,
      why: "the launcher starts the program, which may start others",
    });
  } else if (set.otherwise.kind !== "tell") {
    needed.push({
      ...base,
      syscall: "execve",
      action: { kind: "tell", errno: 1, name: "EPERM" },
      why: "the agent lets the launcher start the program, once",
    });
  }
  const missing = needed.filter((rule) =>
    !set.rules.some((other) =>
      other.syscall === rule.syscall && covers(other.comparisons, rule.comparisons)
    )
  );
  return { ...set, rules: [...set.rules, ...missing] };
}
