// From what real programs were refused to the rules that are missing, ready to paste.
//
// Learning proposes, a person decides: a call that the policy allows for some arguments only, or
// that can open the sandbox, is named but never proposed. The same observations always give the
// same text.

import { AGENT_PROFILE } from "../read/check.ts";
import type { RuleSet } from "../read/rules.ts";
import type { PolicyFile } from "../read/schema.ts";
import { syscallNames } from "../read/syscall_table.ts";

/** The calls that one program was refused. */
export interface Observation {
  /** As the command line names it. */
  readonly program: string;
  readonly denied: readonly { readonly syscall: string; readonly count: number }[];
}

/** A rule of "allow" that would let the programs go on. */
export interface Proposal {
  readonly syscall: string;
  readonly why: string;
}

/** A call that a group of the policy refuses with a fixed answer, whatever its arguments. */
export interface SilentAnswer {
  readonly group: string;
  readonly errno: string;
  readonly why: string;
}

/** What learning found. */
export interface Lesson {
  readonly rules: readonly Proposal[];
  /** Questions that programs do without: a group that the profile lacks answers them. */
  readonly harmless: readonly (SilentAnswer & { readonly syscall: string })[];
  /** Calls that are left to a person, each with the reason. */
  readonly left: readonly { readonly syscall: string; readonly reason: string }[];
}

/** Calls that reach other processes, the kernel's configuration or the world outside. */
export const NEVER_LEARNED: ReadonlySet<string> = new Set(
  ("acct add_key adjtimex bpf chroot clock_adjtime clock_settime clone3 delete_module execve execveat " +
    "fanotify_init finit_module fsconfig fsmount fsopen fspick init_module io_uring_enter " +
    "io_uring_register io_uring_setup ioperm iopl kcmp kexec_file_load kexec_load keyctl " +
    "lookup_dcookie mount mount_setattr move_mount name_to_handle_at nfsservctl open_by_handle_at " +
    "open_tree perf_event_open personality pidfd_getfd pivot_root process_madvise process_vm_readv " +
    "process_vm_writev ptrace quotactl quotactl_fd reboot request_key seccomp setdomainname " +
    "sethostname setns settimeofday socket swapoff swapon syslog umount2 unshare userfaultfd " +
    "vhangup").split(" "),
);

/** The fixed answers of the policy's groups, by syscall; the first group that has one counts. */
export function silentAnswers({ groups }: Pick<PolicyFile, "groups">): Map<string, SilentAnswer> {
  const answers = new Map<string, SilentAnswer>();
  for (const [group, { answer }] of Object.entries(groups)) {
    for (const { syscalls, errno, why, args } of answer) {
      if (args !== undefined) continue;
      for (const syscall of syscalls) {
        if (!answers.has(syscall)) answers.set(syscall, { group, errno, why });
      }
    }
  }
  return answers;
}

/** The groups that allow each syscall with any argument; the agent's own groups are no job's. */
export function groupsThatAllow(
  { groups, profiles }: Pick<PolicyFile, "groups" | "profiles">,
): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [group, { syscalls }] of Object.entries(groups)) {
    if (profiles[AGENT_PROFILE]?.groups.includes(group)) continue;
    for (const syscall of syscalls) found.set(syscall, [...found.get(syscall) ?? [], group]);
  }
  return found;
}

/**
 * What `set` lacks for the programs observed.
 *
 * @param silent What the policy's groups answer without notifying the agent.
 */
export function learn(
  set: RuleSet,
  observations: readonly Observation[],
  silent: ReadonlyMap<string, SilentAnswer> = new Map(),
): Lesson {
  const needed = new Map<string, string[]>();
  for (const { program, denied } of observations) {
    for (const { syscall } of denied) {
      needed.set(syscall, [...needed.get(syscall) ?? [], program]);
    }
  }
  const known = new Set(syscallNames());
  const rules: Proposal[] = [];
  const harmless: (SilentAnswer & { syscall: string })[] = [];
  const left: { syscall: string; reason: string }[] = [];
  for (const [syscall, programs] of [...needed].toSorted(([a], [b]) => a < b ? -1 : 1)) {
    const who = [...new Set(programs)].toSorted().join(", ");
    if (!known.has(syscall)) {
      left.push({ syscall, reason: `newer than the table of syscalls; needed by ${who}` });
    } else if (silent.has(syscall) && !set.rules.some((rule) => rule.syscall === syscall)) {
      harmless.push({ syscall, ...silent.get(syscall)! });
    } else if (syscall === "execve") {
      left.push({
        syscall,
        reason: `starting programs is "exec" of the profile; needed by ${who}`,
      });
    } else if (NEVER_LEARNED.has(syscall)) {
      left.push({ syscall, reason: `can open the sandbox, never proposed; needed by ${who}` });
    } else if (set.rules.some((rule) => rule.syscall === syscall)) {
      left.push({
        syscall,
        reason: `allowed for other arguments only, see "explain"; needed by ${who}`,
      });
    } else {
      rules.push({ syscall, why: `learned from ${who}` });
    }
  }
  return { rules, harmless, left };
}

/**
 * The lesson as text: rules as members of "allow", the groups that have them already, then what is
 * left to a person.
 */
export function lessonText(
  name: string,
  { rules, harmless, left }: Lesson,
  inGroups: ReadonlyMap<string, readonly string[]> = new Map(),
): string {
  const lines: string[] = [];
  if (rules.length > 0) {
    lines.push(`Missing in "allow" of profile "${name}":`, "");
    lines.push(rules.map((rule) => JSON.stringify(rule)).join(",\n"));
    const byGroup = Map.groupBy(
      rules.flatMap(({ syscall }) =>
        (inGroups.get(syscall) ?? []).map((group) => ({ group, syscall }))
      ),
      ({ group }) => group,
    );
    if (byGroup.size > 0) lines.push("", 'Groups that have them, for "groups" of the profile:');
    for (const [group, has] of [...byGroup].toSorted(([a], [b]) => a < b ? -1 : 1)) {
      lines.push(`  ${group}: ${has.map(({ syscall }) => syscall).join(", ")}`);
    }
  } else {
    lines.push(`No rule is missing in profile "${name}"`);
  }
  if (harmless.length > 0) {
    lines.push("", 'Harmless questions: add the group to "groups", and they get a silent answer:');
    for (const { syscall, group, errno, why } of harmless) {
      lines.push(`  ${group}: ${syscall} gets ${errno}: ${why}`);
    }
  }
  if (left.length > 0) {
    lines.push("", "Refused on purpose, to be decided by a person:");
    for (const { syscall, reason } of left) lines.push(`  ${syscall}: ${reason}`);
  }
  return lines.join("\n");
}
