// Finds out what this machine supports, once at start-up, while files can still be opened.

import { lstat, readFile, readlink, stat } from "../../linux/file.ts";
import { landlockAbi } from "../../linux/landlock.ts";
import { geteuid } from "../../linux/ids.ts";
import { rootIsRootfs } from "../../linux/mountinfo.ts";
import type { Arch } from "../../linux/syscall_numbers.ts";
import type { CompiledPolicy, Language, Profile } from "../../policy/compiled.ts";
import { identityFiles } from "../../sandbox/identity.ts";
import type { Platform, ReadOnlyPath } from "../../sandbox/layout.ts";
import { SOCKET_COUNT } from "../../sandbox/network_program.ts";
import { findView } from "./view.ts";

/** The platform that this start's programs are built for. */
export function findPlatform(
  policy: CompiledPolicy,
  without: ReadonlySet<string>,
  { etc, settings } = findView(policy),
): Platform {
  const view = !without.has("view");
  // Without the view, jobs see the guest's /etc as they see its programs.
  const shown = [...policy.read_only_paths, ...view ? [] : ["/etc"]];
  const identity = Object.keys(identityFiles(0));
  return {
    arch: Deno.build.arch as Arch,
    ownIds: geteuid() === 0 && !without.has("ids"),
    rootfs: rootIsRootfs(readFile("/proc/self/mountinfo")),
    landlock: without.has("landlock") ? 0 : landlockAbi(),
    view,
    etc: view ? etc : [],
    settings: view ? settings : [],
    seccomp: !without.has("job-seccomp"),
    readOnlyPaths: shown.flatMap(describe),
    identityPaths: view ? identity : identity.filter(canBeCovered),
    limits: policy.limits,
    cgroup: false,
    countsSockets: stat(SOCKET_COUNT) !== null,
  };
}

/** Memory that a guest has for each sandbox that it keeps ready, where the policy says no number. */
const MEMORY_PER_PREPARED = 256 << 20;
/** More of them would hardly ever be used at once: one client's burst waits for its own jobs. */
const MOST_PREPARED = 4;

/**
 * How many sandboxes are ready ahead of requests. One, where the launchers have the job's uid: they
 * count towards its limit of processes (see sandbox/rlimits.ts).
 */
export function preparedSandboxes({ prepared }: CompiledPolicy, ownIds: boolean): number {
  if (!ownIds) return 1;
  if (prepared !== undefined) return prepared;
  const kib = Number(/^MemTotal: *(\d+) kB$/m.exec(readFile("/proc/meminfo"))?.[1] ?? 0);
  const fits = Math.floor(kib * 1024 / MEMORY_PER_PREPARED);
  return Math.min(MOST_PREPARED, Math.max(1, fits));
}

/** Whether the program is there; one that a job writes or builds always is. */
function isHere([program]: readonly string[]): boolean {
  return program.startsWith("./") || stat(program) !== null;
}

/**
 * The languages whose program is installed here, with the profiles that hold here. A compiled
 * program brings its own. Where Landlock is off, nothing keeps a job to the guest's own programs, so
 * a profile that promises that is not offered.
 */
export function offeredLanguages(
  policy: CompiledPolicy,
  profiles: Readonly<Record<string, Profile>>,
  landlock: boolean,
): Language[] {
  const holds = (profile: string) => landlock || profiles[profile]?.exec !== "image";
  return Object.values(policy.languages)
    .filter(({ argv, profile, build }) =>
      isHere(argv) && holds(profile) &&
      (build === undefined || (isHere(build.argv) && holds(build.profile)))
    )
    .map((language) => {
      const offered = Object.entries(language.profiles).filter(([, profile]) => holds(profile));
      if (offered.length === Object.keys(language.profiles).length) return language;
      return { ...language, profiles: Object.fromEntries(offered) };
    });
}

/** Whether the guest has this file. A link cannot be covered: it leads elsewhere. */
function canBeCovered(path: string): boolean {
  return lstat(path)?.isFile === true;
}

function describe(path: string): ReadOnlyPath[] {
  const status = lstat(path);
  if (status === null) return [];
  return [status.isSymlink ? { path, link: readlink(path) } : { path }];
}
