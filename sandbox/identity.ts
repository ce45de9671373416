// Who a job is by name: the few files of /etc that answer it, in place of the guest's own.
//
// A guest's accounts are its own business, and a program that asks for its name is to get one answer
// everywhere: getpwuid(3), $USER, git, ssh, Java's user.home. Where jobs see the guest's whole /etc
// (the layer "view" is off), only files that the guest has can be covered.

import {
  AT_FDCWD,
  MS_BIND,
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_WRONLY,
  SEEK_CUR,
} from "../linux/constants.ts";
import { CONTROL, JOB, type Platform, REPORT, ROOT, STAGE, ZYGOTE_FREE } from "./layout.ts";
import type { Address } from "./arena.ts";
import type { Program } from "./program.ts";
import { reportAndExit } from "./report.ts";

/** The user, the group and the machine, as a job sees them. */
export const IDENTITY_NAME = "sandbox";

const NO_NETWORK = "# There is no name server: the network is the sandbox's own.\n";

/**
 * The files by path.
 *
 * @param user The job's uid and gid inside its namespace.
 */
export function identityFiles(user: number): Readonly<Record<string, string>> {
  const name = IDENTITY_NAME;
  const root = user === ROOT ? [] : ["root:x:0:0:root:/nonexistent:/usr/sbin/nologin"];
  const rootGroup = user === ROOT ? [] : ["root:x:0:"];
  const lines = (...all: string[]) => all.join("\n") + "\n";
  return {
    "/etc/passwd": lines(
      ...root,
      `${name}:x:${user}:${user}:${name}:/tmp:/bin/sh`,
      "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin",
    ),
    "/etc/group": lines(...rootGroup, `${name}:x:${user}:`, "nogroup:x:65534:"),
    "/etc/hosts": lines(`127.0.0.1 localhost ${name}`, "::1 localhost ip6-localhost"),
    "/etc/hostname": lines(name),
    "/etc/resolv.conf": NO_NETWORK,
    "/etc/nsswitch.conf": lines(
      ...databases.map((name) => `${name}: files`),
      // A name that no file has is looked up, so that programs hear of a network that is not there,
      // and not of a name that does not exist.
      "hosts: files dns",
    ),
  };
}

/** What names stand for is asked of files: no service answers in a sandbox. */
const databases = [
  ...["passwd", "group", "shadow", "networks", "protocols", "services", "ethers", "rpc"],
];

/** Makes those files in the new root. A program of the zygote's, after the tree is there. */
export function identityFilesProgram(program: Program, platform: Platform): void {
  const done = program.words([REPORT.zygote]);
  const files = identityFiles(platform.ownIds ? JOB : ROOT);
  for (const path of platform.identityPaths) {
    const place = program.text(STAGE + path);
    if (platform.view) {
      writeSteps(program, path, place, files[path]);
      continue;
    }
    const own = program.text(`${STAGE}/identity`);
    writeSteps(program, path, own, files[path]);
    program.step(`cover ${path}`, "mount", [own, place, 0, MS_BIND, 0]);
    // The mount keeps the file; the name is free for the next one.
    program.step(`write our ${path}: forget the name`, "unlinkat", [AT_FDCWD, own, 0]);
  }
  program.step("report to the agent", "write", [CONTROL, done, 8]);
  program.end();
  reportAndExit(program);
}

/** Makes a file at `place`, which only can be read. `path` is what a job calls it. */
export function writeSteps(program: Program, path: string, place: Address, text: string): void {
  const bytes = new TextEncoder().encode(text);
  const flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
  program.step(`write our ${path}: make`, "openat", [AT_FDCWD, place, flags, 0o444]);
  program.step(`write our ${path}: write`, "write", [
    ZYGOTE_FREE,
    program.bytes(bytes, JSON.stringify(text)),
    bytes.length,
  ]);
  // Fails (EINVAL) where less than all was written.
  const back = [ZYGOTE_FREE, -bytes.length, SEEK_CUR];
  program.step(`write our ${path}: all of it`, "lseek", back);
  program.step(`write our ${path}: close`, "close", [ZYGOTE_FREE]);
}
