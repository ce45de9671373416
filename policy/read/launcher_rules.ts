// What every job's filter must let through because the launcher still needs it.
//
// After the filter is installed, the launcher's child still sends the filter's listener over a socket
// and executes the program, or exits if that fails. These calls are added to every profile, so no
// policy can forget them. It also reads its instructions, writes the code and sets the limits. Any
// program needs those calls, so they are not added: a profile without them is an error.

import { covers, type Rule, type RuleSet } from "./rules.ts";

/** The socket (a SOCK_SEQPACKET) by which a job's launcher reports is always this descriptor. */
export const REPORTS_DESCRIPTOR = 5;

/**
 * The calls of sandbox/start_program.ts, but those added here; prlimit64 only on the caller itself.
 */
const startCalls = ["read", "write", "lseek", "close", "openat", "unlinkat", "fallocate"]
  .concat("prlimit64");

/** Those of the calls that start a job which `set` does not allow. */
export function missingStartCalls(set: RuleSet): string[] {
  const itself = [{ index: 0, value: 0n, text: "0" }];
  return startCalls.filter((call) =>
    !set.rules.some(({ syscall, comparisons, action }) =>
      syscall === call && action.kind === "allow" &&
      covers(comparisons, call === "prlimit64" ? itself : [])
    )
  );
}

const allow = { kind: "allow" } as const;
const nowhere = { line: 0, column: 0 };

/** The same set with the launcher's calls, where no rule allows them yet. */
export function addLauncherRules(set: RuleSet): RuleSet {
  const base = { comparisons: [], group: "launcher", at: nowhere };
  const needed: Rule[] = [
    {
      ...base,
      syscall: "sendmsg",
      comparisons: [{ index: 0, value: BigInt(REPORTS_DESCRIPTOR), text: "5" }],
      action: allow,
      why: "the launcher sends the filter's listener, or what failed, up its socket",
    },
    {
      ...base,
      syscall: "exit_group",
      action: allow,
      why: "the launcher's child ends when it cannot start the program",
    },
  ];
  if (set.exec !== "once") {
    needed.push({
      ...base,
      syscall: "execve",
      action: allow,
      why: "the launcher starts the program, which may start others",
    });
  } else if (set.defaultAction.kind !== "notify") {
    needed.push({
      ...base,
      syscall: "execve",
      action: { kind: "notify", errno: 1, name: "EPERM" },
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
