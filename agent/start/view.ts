// Finds out what jobs see of this machine's /etc and /proc/sys, once at start-up.
//
// The policy lists more than any one image has. What is not there is left out, and so is what a job
// could not read or follow: the start goes on, and --check tells.

import { lstat, readFile, readlink } from "../../linux/file.ts";
import { expandPattern, isAtOrBelow } from "../../linux/path_pattern.ts";
import type { CompiledPolicy } from "../../policy/compiled.ts";
import { identityFiles } from "../../sandbox/identity.ts";
import type { EtcEntry, Setting } from "../../sandbox/layout.ts";
import { procNames } from "../../sandbox/proc_view.ts";
import { ownSettings, settingNames } from "../../sandbox/sys_view.ts";

/** What was found. */
export interface View {
  readonly etc: readonly EtcEntry[];
  readonly settings: readonly Setting[];
  /** Each path of the policy's `etc` that jobs do not see, and why: "/etc/R: it is not there". */
  readonly left: readonly string[];
}

/** Memory that copies of files may take in all, once for all sandboxes. */
const MOST_COPIED = 4 << 20;
/** More of them would not be a list that somebody has read. */
const MOST_ENTRIES = 200;

const READ = 0o4;
const SEARCH = 0o1;
const EXECUTE = 0o111;

/** Looks at what the policy lists. */
export function findView(policy: CompiledPolicy): View {
  const etc: EtcEntry[] = [];
  const left: string[] = [];
  const room = { bytes: MOST_COPIED, entries: MOST_ENTRIES };
  for (const pattern of policy.etc) {
    const paths = expandPattern(pattern);
    if (paths.length === 0) left.push(`${pattern}: it is not there`);
    for (const path of paths) {
      const entry = describe(path, policy, room);
      if (typeof entry === "string") left.push(`${path}: ${entry}`);
      else etc.push(entry);
    }
  }
  return { etc, settings: Object.keys(settingNames).flatMap(setting), left };
}

/** What jobs see, in one line. */
export function viewText({ etc, settings, left }: View): string {
  const own = Object.keys(ownSettings).length + 1; // and the uuid
  return `${Object.keys(procNames).length} names of /proc, ${settings.length + own} settings of ` +
    `/proc/sys, ${etc.length} paths of /etc (${left.length} of the policy's are left out)`;
}

/** What is at a path, or why jobs are not to see it. */
function describe(
  path: string,
  policy: CompiledPolicy,
  room: { bytes: number; entries: number },
): EtcEntry | string {
  for (let above = directoryOf(path); above !== ""; above = directoryOf(above)) {
    const status = lstat(above)!;
    if (!status.isDirectory) return `"${above}" is a link`;
    if (!(status.mode & SEARCH)) return `"${above}" is closed to jobs`;
  }
  const status = lstat(path)!;
  if (--room.entries < 0) return `${MOST_ENTRIES} others are before it`;
  if (status.isSymlink) {
    const link = readlink(path);
    const target = targetOf(path, link);
    return isSeen(target, policy) ? { kind: "link", path, link } : `jobs do not see "${target}"`;
  }
  if (!(status.mode & READ)) return "jobs may not read it";
  if (status.isDirectory) {
    return status.mode & SEARCH ? { kind: "directory", path } : "it is closed to jobs";
  }
  if (!status.isFile) return "it is no file, directory or link";
  if (status.size > room.bytes) return `it has ${status.size} bytes, too many to be copied`;
  room.bytes -= status.size;
  return { kind: "file", path, executable: (status.mode & EXECUTE) === EXECUTE };
}

/** Whether jobs see what a link leads to, as far as the policy tells. */
function isSeen(target: string, { read_only_paths, etc }: CompiledPolicy): boolean {
  const seen = [...read_only_paths, ...etc, ...Object.keys(identityFiles(0)), "/proc", "/dev"];
  return seen.some((path) => isAtOrBelow(target, path));
}

function setting(name: string): Setting[] {
  const path = `/proc/sys/${name}`;
  return lstat(path)?.isFile === true ? [{ name, value: readFile(path) }] : [];
}

/** The path above a path; "" above the first name. */
function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

/** The path that a link at `path` leads to, if no name on the way is a link itself. */
function targetOf(path: string, link: string): string {
  const names: string[] = [];
  for (const name of `${link.startsWith("/") ? "" : directoryOf(path)}/${link}`.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return `/${names.join("/")}`;
}
