// The zygote's own programs: how the first launcher confines itself before any sandbox is made.
//
// It makes a user namespace, gives up every other identity, and builds the root that all sandboxes
// see: a read-only tree of system directories and nothing else of the guest. It must never run
// anything that comes from a client.

import {
  AT_FDCWD,
  AT_RECURSIVE,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWUSER,
  MNT_DETACH,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  MS_BIND,
  MS_MOVE,
  MS_NODEV,
  MS_NOSUID,
  MS_PRIVATE,
  MS_REC,
  PR_SET_DUMPABLE,
  PR_SET_NO_NEW_PRIVS,
  SIG_IGN,
  SIGCHLD,
} from "../linux/constants.ts";
import { REST } from "./control_socket.ts";
import type { Program } from "./program.ts";
import {
  CGROUP,
  CONTROL,
  NETWORK,
  type Platform,
  type ReadOnlyPath,
  REPORT,
  ROOT,
  SANDBOX,
  STAGE,
  ZYGOTE_FREE,
} from "./layout.ts";
import { holdNetwork } from "./network_program.ts";
import { reportAndExit } from "./report.ts";
import { writeText } from "./text_file.ts";

/** Devices of the job's /dev. */
const devices = ["null", "zero", "full", "random", "urandom"];

/** Links of the job's /dev. */
const deviceLinks: readonly [string, string][] = [
  ["fd", "/proc/self/fd"],
  ["stdin", "/proc/self/fd/0"],
  ["stdout", "/proc/self/fd/1"],
  ["stderr", "/proc/self/fd/2"],
  ["shm", "/tmp"],
];

/**
 * First program: new user, mount and network namespaces. After its report the agent writes the id
 * maps.
 */
export function unshareProgram(program: Program, platform: Platform): void {
  const done = program.words([REPORT.zygote]);
  // Whoever started the agent may have left descriptors open for its children.
  const ranges = platform.cgroup
    ? [[ZYGOTE_FREE, CGROUP - 1], [CGROUP + 1, REST]]
    : [[ZYGOTE_FREE, REST]];
  for (const [from, to] of ranges) {
    program.step("close what was inherited", "close_range", [from, to, 0]);
  }
  // What it makes for jobs they must be able to read, however the agent was started.
  program.step("make files for everybody", "umask", [0o022]);
  // The kernel then clears away a sandbox's first process by itself: the agent sees its end.
  const ignore = program.words([SIG_IGN, 0, 0, 0], "{SIG_IGN}");
  program.step("leave no zombies", "rt_sigaction", [SIGCHLD, ignore, 0, 8]);
  const namespaces = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET;
  program.step("unshare the user, mount and network namespaces", "unshare", [namespaces]);
  holdNetwork(program, NETWORK.home);
  program.step("report to the agent", "write", [CONTROL, done, 8]);
  program.end();
  reportAndExit(program);
}

/**
 * Second program: root inside, without rights outside. No new privileges by exec, no further user
 * namespaces.
 */
export function identityProgram(program: Program, platform: Platform): void {
  const done = program.words([REPORT.zygote]);
  program.step("take group 0 of the namespace", "setresgid", [ROOT, ROOT, ROOT]);
  if (platform.ownIds) program.step("leave all other groups", "setgroups", [0, 0]);
  program.step("take user 0 of the namespace", "setresuid", [ROOT, ROOT, ROOT]);
  writeText(
    program,
    ZYGOTE_FREE,
    "forbid further user namespaces",
    "/proc/sys/user/max_user_namespaces",
    "0",
  );
  program.step("be closed to tracing", "prctl", [PR_SET_DUMPABLE, 0, 0, 0, 0]);
  program.step("gain no privileges by exec", "prctl", [PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0]);
  program.step("report to the agent", "write", [CONTROL, done, 8]);
  program.end();
  reportAndExit(program);
}

/** Third program: the tree of the new root. */
export function stageProgram(program: Program, platform: Platform): void {
  const done = program.words([REPORT.zygote]);
  const none = program.text("none");
  const tmpfs = program.text("tmpfs");
  const stage = program.text(STAGE);
  program.step("keep mounts to ourselves", "mount", [
    none,
    program.text("/"),
    0,
    MS_REC | MS_PRIVATE,
    0,
  ]);
  program.step("mount the new root", "mount", [
    tmpfs,
    stage,
    tmpfs,
    MS_NOSUID | MS_NODEV,
    program.text("size=8m,nr_inodes=1024,mode=0755"),
  ]);
  for (const path of ["/proc", "/dev", "/tmp", SANDBOX]) makeDirectory(program, path);
  for (const path of parents(platform.readOnlyPaths.map(({ path }) => path))) {
    makeDirectory(program, path);
  }
  for (const path of platform.readOnlyPaths) showReadOnly(program, path);
  for (const [name, target] of deviceLinks) {
    program.step(`link /dev/${name}`, "symlinkat", [
      program.text(target),
      AT_FDCWD,
      program.text(`${STAGE}/dev/${name}`),
    ]);
  }
  program.step("report to the agent", "write", [CONTROL, done, 8]);
  program.end();
  reportAndExit(program);
}

/**
 * Fourth program: adds devices and /proc to the new root, makes all of it read-only, and removes
 * the old root.
 */
export function enterProgram(program: Program, platform: Platform): void {
  const done = program.words([REPORT.zygote]);
  const stage = program.text(STAGE);
  const setAttributes = (name: string, set: number) => {
    const attributes = program.words([set, 0, 0, 0], "{attr_set}");
    program.step(name, "mount_setattr", [AT_FDCWD, stage, AT_RECURSIVE, attributes, 32]);
  };
  setAttributes("allow no devices in the new root", MOUNT_ATTR_NODEV);
  for (const name of devices) bindDevice(program, name);
  // The kernel lets a user namespace mount /proc only if an unrestricted /proc is already visible.
  program.step("show /proc", "mount", [
    program.text("/proc"),
    program.text(`${STAGE}/proc`),
    0,
    MS_BIND | MS_REC,
    0,
  ]);
  setAttributes("make everything read-only, nothing setuid", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID);
  program.step("enter the new root", "chdir", [stage]);
  const dot = program.text(".");
  if (platform.rootfs) {
    // rootfs has no parent mount to detach it from. The new root is moved over it, then entered by
    // chroot.
    program.step("cover the old root", "mount", [dot, program.text("/"), 0, MS_MOVE, 0]);
    program.step("make it the root", "chroot", [dot]);
  } else {
    program.step("make it the root", "pivot_root", [dot, dot]);
    program.step("let go of the old root", "umount2", [dot, MNT_DETACH]);
  }
  program.step("stand at the root", "chdir", [program.text("/")]);
  program.step("report to the agent", "write", [CONTROL, done, 8]);
  program.end();
  reportAndExit(program);
}

/** Makes a directory in the new root. */
export function makeDirectory(program: Program, path: string): void {
  program.step(`make ${path}`, "mkdirat", [AT_FDCWD, program.text(STAGE + path), 0o755]);
}

/** The directories above paths such as /opt/tools, each once, the upper ones first. */
export function parents(paths: readonly string[]): Set<string> {
  const above = new Set<string>();
  for (const path of paths) {
    for (let end = path.indexOf("/", 1); end > 0; end = path.indexOf("/", end + 1)) {
      above.add(path.slice(0, end));
    }
  }
  return above;
}

/** Shows a directory of the guest in the new root, or makes the link that the guest has there. */
export function showReadOnly(program: Program, { path, link }: ReadOnlyPath): void {
  const place = program.text(STAGE + path);
  if (link !== undefined) {
    program.step(`link ${path}`, "symlinkat", [program.text(link), AT_FDCWD, place]);
    return;
  }
  makeDirectory(program, path);
  program.step(`show ${path}`, "mount", [program.text(path), place, 0, MS_BIND | MS_REC, 0]);
}

function bindDevice(program: Program, name: string): void {
  const place = program.text(`${STAGE}/dev/${name}`);
  program.step(`make a place for /dev/${name}`, "mknodat", [AT_FDCWD, place, 0o100666, 0]);
  program.step(`show /dev/${name}`, "mount", [program.text(`/dev/${name}`), place, 0, MS_BIND, 0]);
}
