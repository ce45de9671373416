// What a job sees of /proc/sys: the few settings that programs ask for, and nothing that tells one
// guest from another.
//
// The zygote writes them once, as files of its own, in a mount that each sandbox moves to its
// /proc/sys. The values are those of the agent's start, or fixed
// where the sandbox has a namespace of its own. One is no value but an answer: a new uuid for each
// reading, so the kernel's own file is mounted there.

import { AT_FDCWD, AT_RECURSIVE, MOUNT_ATTR_NOEXEC, MS_BIND, MS_MOVE } from "../linux/constants.ts";
import { IDENTITY_NAME, writeSteps } from "./identity.ts";
import { CONTROL, type Platform, REPORT, SANDBOX, STAGE } from "./layout.ts";
import type { Program } from "./program.ts";
import { reportAndExit } from "./report.ts";
import { makeDirectory, parents } from "./zygote_program.ts";

/** Settings that have the guest's values, and who asks for each. */
export const settingNames: Readonly<Record<string, string>> = {
  "crypto/fips_enabled": "libgcrypt and GnuTLS: git, curl, gpg",
  "fs/pipe-max-size": "programs that enlarge a pipe: Python's fcntl, pv",
  "kernel/cap_last_cap": "libcap",
  "kernel/ngroups_max": "sysconf(3): id, Python",
  "kernel/osrelease": "Node, Deno, top: which kernel this is, as uname(2) says",
  "kernel/ostype": "the same",
  "kernel/pid_max": "ps, top: how wide the column is",
  "kernel/version": "uname's words",
  "vm/max_map_count": "Java's ZGC",
  "vm/overcommit_memory": "malloc of glibc and jemalloc, Java, npm",
};

/** Settings of the sandbox's own namespaces, the same in every one. */
export const ownSettings: Readonly<Record<string, string>> = {
  "kernel/hostname": `${IDENTITY_NAME}\n`,
  "kernel/domainname": "(none)\n",
  "net/core/somaxconn": "4096\n", // Go asks; since Linux 5.4 every new network has this
  "net/ipv4/ip_local_port_range": "32768\t60999\n", // ss asks
};

/** The kernel's file that gives another answer each time: a new random uuid. */
export const UUID = "kernel/random/uuid";

/** Where the zygote keeps the tree. The sandbox directory is mounted over it. */
const KEPT = `${SANDBOX}/sys`;
const PLACE = "/proc/sys";

/** Makes the tree in the new root. A program of the zygote's. */
export function settingsProgram(program: Program, platform: Platform): void {
  const done = program.words([REPORT.zygote]);
  if (platform.view) {
    const settings = [
      ...platform.settings,
      ...Object.entries(ownSettings).map(([name, value]) => ({ name, value })),
    ];
    makeDirectory(program, KEPT);
    const tree = program.text(STAGE + KEPT);
    program.step("make a mount of the settings", "mount", [tree, tree, 0, MS_BIND, 0]);
    const paths = [...settings.map(({ name }) => `${KEPT}/${name}`), `${KEPT}/${UUID}`];
    for (const path of parents(paths)) {
      if (path.startsWith(`${KEPT}/`)) makeDirectory(program, path);
    }
    for (const { name, value } of settings) {
      writeSteps(program, `${PLACE}/${name}`, program.text(`${STAGE}${KEPT}/${name}`), value);
    }
    const place = program.text(`${STAGE}${KEPT}/${UUID}`);
    const uuid = program.text(`${PLACE}/${UUID}`);
    program.step("make a place for the uuid", "mknodat", [AT_FDCWD, place, 0o100444, 0]);
    program.step("show the uuid", "mount", [uuid, place, 0, MS_BIND, 0]);
    const attributes = program.words([MOUNT_ATTR_NOEXEC, 0, 0, 0], "{NOEXEC}");
    const all = [AT_FDCWD, tree, AT_RECURSIVE, attributes, 32];
    program.step("let no setting be executed", "mount_setattr", all);
  }
  program.step("report to the agent", "write", [CONTROL, done, 8]);
  program.end();
  reportAndExit(program);
}

/** Moves the tree over a sandbox's /proc/sys: each sandbox has the zygote's mounts for its own. */
export function showSettings(program: Program): void {
  const [kept, place] = [program.text(KEPT), program.text(PLACE)];
  program.step("show settings of our own", "mount", [kept, place, 0, MS_MOVE, 0]);
}
