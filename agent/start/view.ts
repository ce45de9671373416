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
  const etc = new Map<string, EtcEntry>();
  const left: string[] = [];
  const room: Room = { bytes: MOST_COPIED, entries: MOST_ENTRIES, above: new Map() };
  for (const pattern of policy.etc) {
    const paths = pattern.includes("*") ? expandPattern(pattern) : [pattern];
    if (paths.length === 0) left.push(`${pattern}: it is not there`);
    for (const path of paths) {
      if (isShown(path, etc)) continue; // two patterns may stand for the same
      const entry = describe(path, policy, room);
      if (typeof entry === "string") left.push(`${path}: ${entry}`);
      else etc.set(path, entry);
    }
  }
  const settings = Object.keys(settingNames).flatMap(setting);
  return { etc: [...etc.values()], settings, left };
}

/** What is still free, and what is wrong with directories that were looked at. */
interface Room {
  bytes: number;
  entries: number;
  readonly above: Map<string, string | null>;
}

/** Whether a path, or a directory above it, is on the list already. */
function isShown(path: string, etc: ReadonlyMap<string, EtcEntry>): boolean {
  for (let at = path; at !== ""; at = directoryOf(at)) if (etc.has(at)) return true;
  return false;
}

/** What jobs see, in one line. */
export function viewText({ etc, settings, left }: View): string {
  const own = Object.keys(ownSettings).length + 1; // and the uuid
  return `${Object.keys(procNames).length} names of /proc, ${settings.length + own} settings of ` +
    `/proc/sys, ${etc.length} paths of /etc (${left.length} of the policy's are left out)`;
}

/** What is at a path, or why jobs are not to see it. */
function describe(path: string, policy: CompiledPolicy, room: Room): EtcEntry | string {
  const wrong = wrongAbove(directoryOf(path), room.above);
  if (wrong !== null) return wrong;
  const status = lstat(path);
  if (status === null) return "it is not there";
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
  return {
    kind: "file",
    path,
    bytes: status.size,
    executable: (status.mode & EXECUTE) === EXECUTE,
  };
}

/** Why a job would not come through a directory, or null. Each is looked at once. */
function wrongAbove(directory: string, known: Map<string, string | null>): string | null {
  if (directory === "") return null;
  const before = known.get(directory);
  if (before !== undefined) return before;
  const status = lstat(directory);
  const own = status === null
    ? "it is not there"
    : !status.isDirectory
    ? `"${directory}" is a link`
    : status.mode & SEARCH
    ? null
    : `"${directory}" is closed to jobs`;
  const wrong = wrongAbove(directoryOf(directory), known) ?? own;
  known.set(directory, wrong);
  return wrong;
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
