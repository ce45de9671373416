// Looks at a whole policy: what contradicts, repeats or misses something.
//
// A rule without effect is an error and not a warning, because a reader of the policy would believe
// it; and a few permissions that would open the sandbox are refused whatever reason is given.

import { Expander } from "./expand.ts";
import { addLauncherRules, missingStartCalls } from "./launcher_rules.ts";
import type { Path, Source } from "./jsonc.ts";
import { Problems } from "./problem.ts";
import type { ReadPolicy } from "./read_policy.ts";
import { covers, disjoint, matches, type Rule, type RuleSet } from "./rules.ts";
import type { LanguageFile } from "./schema.ts";
import { checkEtcPaths } from "./etc_paths.ts";
import { checkShownPaths } from "./shown_paths.ts";

/** The profile that confines the agent itself; no language uses it. */
export const AGENT_PROFILE = "agent";

/** What a request calls a language's own profile. */
export const STRICT = "strict";

const AF_VSOCK = 40n;
/** AF_INET and AF_INET6. */
const INTERNET = [2n, 10n];

/**
 * Expands and checks every profile.
 *
 * @param boots The boot programs that there are; undefined: not checked.
 * @returns the rule sets in the order of the file, with what the launcher needs
 * @throws PolicyError with everything that is wrong
 */
export function checkPolicy(
  { policy, source }: ReadPolicy,
  boots?: ReadonlySet<string>,
): RuleSet[] {
  const problems = new Problems();
  const expander = new Expander(policy, source, problems);
  const sets = Object.keys(policy.profiles).map((name) => expander.profile(name));
  for (const set of sets) {
    checkPairs(set, problems);
    for (const rule of set.rules) checkDanger(rule, problems, set);
  }
  for (const name of Object.keys(policy.groups)) {
    if (expander.usedGroups.has(name)) continue;
    problems.add(
      source.at(["groups", name]),
      `Cannot keep the group "${name}": nothing includes it; include or remove it`,
    );
  }
  checkProfiles({ policy, source }, problems);
  checkLanguages({ policy, source }, problems);
  checkShownPaths({ policy, source }, problems);
  checkEtcPaths({ policy, source }, problems);
  if (boots !== undefined) checkBoots({ policy, source }, boots, problems);
  problems.throwIfAny();
  checkStart({ policy, source }, sets, problems);
  problems.throwIfAny();
  return sets.map((set) => set.name === AGENT_PROFILE ? set : addLauncherRules(set));
}

/**
 * Two rules for one call: the same one twice, a narrower one beside a wider one, or a
 * contradiction.
 */
function checkPairs(set: RuleSet, problems: Problems): void {
  const byName = Map.groupBy(set.rules, (rule) => rule.syscall);
  for (const [syscall, rules] of byName) {
    const ordered = rules.toSorted((a, b) => a.at.line - b.at.line || a.at.column - b.at.column);
    for (const [index, rule] of ordered.entries()) {
      const others = ordered.filter((_, i) => i !== index);
      const conflict = others.find((other) =>
        other.action.kind !== rule.action.kind && !disjoint(other.comparisons, rule.comparisons)
      );
      if (conflict && rule.action.kind !== "allow") {
        problems.add(
          rule.at,
          `Cannot refuse "${syscall}" in profile "${set.name}": line ${conflict.at.line} allows it; remove one`,
        );
        continue;
      }
      const wider = ordered.find((other, i) =>
        i !== index && covers(other.comparisons, rule.comparisons) &&
        // Of two equal rules the later one is to go.
        (i < index || !covers(rule.comparisons, other.comparisons)) &&
        other.action.kind === rule.action.kind
      );
      if (!wider) continue;
      problems.add(
        rule.at,
        `Cannot keep this rule for "${syscall}": line ${wider.at.line} already covers it in profile "${set.name}"; remove it`,
      );
    }
  }
}

/** What no reason justifies in a profile that runs foreign code. */
function checkDanger({ syscall, comparisons, action, at }: Rule, problems: Problems, set: RuleSet) {
  if (action.kind !== "allow" || set.name === AGENT_PROFILE) return;
  if (syscall === "execve" || (syscall === "execveat" && set.exec === "once")) {
    problems.add(at, `Cannot allow "${syscall}" by a rule: set "exec" of the profile`);
  }
  if (syscall === "memfd_create" && set.exec === "image") {
    problems.add(
      at,
      `Cannot allow "memfd_create" in profile "${set.name}": such a file could be executed, and ` +
        '"exec" is "image"; answer it with ENOSYS',
    );
  }
  if (syscall.startsWith("io_uring_")) {
    problems.add(at, `Cannot allow "${syscall}": a ring makes calls that no filter sees`);
  }
  if (syscall === "socket") {
    const family = comparisons.filter(({ index }) => index === 0);
    if (family.length === 0 || matches(family, [AF_VSOCK])) {
      problems.add(
        at,
        `Cannot allow "socket" with AF_VSOCK, which reaches the agent: compare argument 0, as with AF_UNIX`,
      );
    } else if (set.network === "none" && INTERNET.some((value) => matches(family, [value]))) {
      problems.add(
        at,
        `Cannot allow "socket" with AF_INET or AF_INET6 in profile "${set.name}": say "network": "loopback"`,
      );
    }
  }
}

function checkProfiles({ policy, source }: ReadPolicy, problems: Problems): void {
  const used = new Set(Object.values(policy.languages).flatMap(profilesOf));
  for (const [name, profile] of Object.entries(policy.profiles)) {
    const at = source.at(["profiles", name]);
    if (name === AGENT_PROFILE) {
      if (profile.exec) {
        problems.add(at, `Cannot set "exec" for the agent: it never execs; remove it`);
      }
      continue;
    }
    if (!used.has(name)) {
      problems.add(at, `Cannot keep the profile "${name}": no language uses it; remove it`);
    }
    if (!profile.exec) {
      problems.add(
        at,
        `Cannot compile the profile "${name}": say "exec": "once", "image" or "free"`,
      );
    }
  }
  if (!(AGENT_PROFILE in policy.profiles)) {
    problems.add(source.at(["profiles"]), `Cannot do without the profile "agent": define it`);
  }
}

/** Whether what is executed was written or built in the sandbox. */
function runsOwn({ argv }: LanguageFile): boolean {
  return argv[0].startsWith("./");
}

function isImage({ profiles }: ReadPolicy["policy"], profile: string): boolean {
  return profiles[profile].exec === "image";
}

/** Every profile that a language may run under. */
function profilesOf({ profile, profiles, build }: LanguageFile): string[] {
  return [profile, ...Object.values(profiles), ...(build === undefined ? [] : [build.profile])];
}

/** The same, with where each is written. */
function placesOf(name: string, { profile, profiles, build }: LanguageFile): [string, Path][] {
  const wider = Object.entries(profiles)
    .map(([use, wide]): [string, Path] => [wide, ["languages", name, "profiles", use]]);
  const builds: [string, Path][] = build === undefined
    ? []
    : [[build.profile, ["languages", name, "build", "profile"]]];
  return [[profile, ["languages", name, "profile"]], ...wider, ...builds];
}

function checkLanguages({ policy, source }: ReadPolicy, problems: Problems): void {
  for (const [name, language] of Object.entries(policy.languages)) {
    const path = ["languages", name];
    for (const [profile, place] of placesOf(name, language)) {
      if (!(profile in policy.profiles) || profile === AGENT_PROFILE) {
        const known = Object.keys(policy.profiles).filter((p) => p !== AGENT_PROFILE).join(", ");
        problems.add(
          source.at(place),
          `Cannot use the profile "${profile}" for a language: use one of ${known}`,
        );
      } else if (place[2] !== "build" && runsOwn(language) && isImage(policy, profile)) {
        problems.add(
          source.at(place),
          `Cannot run "${name}" under the profile "${profile}": its program is the job's own, and ` +
            '"exec" is "image"; use a profile with "once" or "free"',
        );
      }
    }
    if ((language.level === "warm") !== (language.warm !== undefined)) {
      problems.add(
        source.at([...path, language.warm === undefined ? "level" : "warm"]),
        'Cannot do without one of "level": "warm" and "warm": they belong together',
      );
    }
    if (Object.hasOwn(language.profiles, STRICT)) {
      problems.add(
        source.at([...path, "profiles", STRICT]),
        `Cannot call a wider profile "${STRICT}": that is the name of "profile"`,
      );
    }
    checkPrograms(name, language, source, problems);
  }
}

function checkBoots(
  { policy, source }: ReadPolicy,
  boots: ReadonlySet<string>,
  problems: Problems,
): void {
  for (const [name, { warm }] of Object.entries(policy.languages)) {
    if (warm === undefined || boots.has(warm.boot)) continue;
    problems.add(
      source.at(["languages", name, "warm", "boot"]),
      `Cannot find "${warm.boot}" below policy/boot: use one of ${[...boots].sort().join(", ")}`,
    );
  }
}

/** What is executed is the guest's, by its whole path, or the program that was written or built. */
function checkPrograms(
  name: string,
  { argv, file, executable, build }: LanguageFile,
  source: Source,
  problems: Problems,
): void {
  const path = ["languages", name];
  const [program] = argv;
  const at = source.at([...path, "argv"]);
  const made = build?.program ?? file;
  const isOwn = program === `./${made}`;
  if (executable ? !isOwn : !(program.startsWith("/") || (build !== undefined && isOwn))) {
    const wanted = executable ? `"./${made}"` : "an absolute path";
    problems.add(at, `Cannot execute "${program}": the program of "${name}" must be ${wanted}`);
  } else if (!isOwn && !argv.includes(made)) {
    problems.add(at, `Cannot run "${name}": no argument names its file "${made}"; add it`);
  }
  if (build === undefined) return;
  const place = source.at([...path, "build", "argv"]);
  if (!build.argv[0].startsWith("/")) {
    problems.add(
      place,
      `Cannot execute "${build.argv[0]}": what builds "${name}" must be an absolute path`,
    );
  } else if (!build.argv.includes(file)) {
    problems.add(place, `Cannot build "${name}": no argument names its file "${file}"; add it`);
  }
}

/** A job writes its code and sets its limits when its filter already holds. */
function checkStart({ policy, source }: ReadPolicy, sets: RuleSet[], problems: Problems): void {
  for (const [name, language] of Object.entries(policy.languages)) {
    for (const [profile, place] of placesOf(name, language)) {
      const missing = missingStartCalls(sets.find((set) => set.name === profile)!);
      if (missing.length === 0) continue;
      const calls = missing.map((call) => `"${call}"`).join(", ");
      problems.add(
        source.at(place),
        `Cannot start a job of "${name}" under the profile "${profile}": allow ${calls}`,
      );
    }
  }
}
