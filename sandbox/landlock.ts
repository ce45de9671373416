// The Landlock ruleset that a job restricts itself with: landlock(7).
//
// It is a second barrier behind the mounts. Even if a mount were wrong, the job could read only the
// system directories, write only its own directories, open no TCP port, and signal or reach nothing
// outside itself. The sandbox makes the ruleset in advance; the job only enters it.

import {
  AT_FDCWD,
  LANDLOCK_ACCESS_FS_EXECUTE,
  LANDLOCK_ACCESS_FS_READ_DIR,
  LANDLOCK_ACCESS_FS_READ_FILE,
  LANDLOCK_ACCESS_FS_TRUNCATE,
  LANDLOCK_ACCESS_FS_WRITE_FILE,
  LANDLOCK_RULE_PATH_BENEATH,
  O_CLOEXEC,
  O_PATH,
} from "../linux/constants.ts";
import { landlockRights, landlockRulesetSize } from "../linux/landlock.ts";
import { type Platform, REPORTS, RULESET, SANDBOX } from "./layout.ts";
import type { Program } from "./program.ts";

const READ = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;

/** The rights of a job below a path: all rights in its own directories, fewer elsewhere. */
export function rightsFor(path: string, abi: number): number {
  if (path === SANDBOX || path === "/tmp") return landlockRights(abi).fs;
  if (path === "/") return LANDLOCK_ACCESS_FS_READ_DIR;
  if (path === "/proc") return READ;
  if (path === "/dev") {
    return (READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE) &
      landlockRights(abi).fs;
  }
  return READ | LANDLOCK_ACCESS_FS_EXECUTE;
}

/**
 * Adds the steps that make the ruleset; it is left open as descriptor RULESET, the lowest free one.
 */
export function rulesetSteps(program: Program, platform: Platform): void {
  const abi = platform.landlock;
  const { fs, scope } = landlockRights(abi);
  const attributes = program.words([fs, 0, scope], `{all of files and scopes in ABI ${abi}}`);
  program.step("make the Landlock ruleset", "landlock_create_ruleset", [
    attributes,
    landlockRulesetSize(abi),
    0,
  ]);

  for (const path of ["/", ...directories(platform), "/proc", "/dev", SANDBOX, "/tmp"]) {
    allowBelow(program, RULESET, REPORTS + 1, path, rightsFor(path, abi));
  }
}

/** What a profile leaves to a job that the sandbox's own ruleset does not decide. */
export interface ProfileRights {
  /** Whether only the guest's read-only files may be executed. */
  readonly imageOnly: boolean;
  /** Whether TCP ports may be bound and connected. */
  readonly tcp: boolean;
}

/**
 * Adds the steps by which a job enters a second ruleset, which depends on its profile: execution of
 * the guest's read-only files alone, and no TCP port (ABI 4). Nothing where neither is taken away.
 *
 * @param free The job's lowest free descriptor.
 * @param next The lowest one once that is taken.
 */
export function profileRulesetSteps(
  program: Program,
  platform: Platform,
  { imageOnly, tcp }: ProfileRights,
  free: number,
  next: number,
): void {
  const abi = platform.landlock;
  const fs = imageOnly ? LANDLOCK_ACCESS_FS_EXECUTE : 0;
  const net = tcp ? 0 : landlockRights(abi).net;
  if (fs === 0 && net === 0) return;
  const attributes = program.words([fs, net], imageOnly ? "{EXECUTE, TCP}" : "{TCP}");
  const size = Math.min(16, landlockRulesetSize(abi));
  program.step("make the profile's ruleset", "landlock_create_ruleset", [attributes, size, 0]);
  if (imageOnly) {
    for (const path of directories(platform)) allowBelow(program, free, next, path, fs);
  }
  program.step("enter the profile's ruleset", "landlock_restrict_self", [free, 0]);
  program.step("close the profile's ruleset", "close", [free]);
}

/** What of the guest can only be read: not those directories that are links to others. */
function directories({ readOnlyPaths, view }: Platform): string[] {
  const own = view ? ["/etc"] : []; // ours, with the guest's files in it
  return [
    ...readOnlyPaths.filter(({ link }) => link === undefined).map(({ path }) => path),
    ...own,
  ];
}

/** Adds one rule to the ruleset; `below` is the lowest free descriptor. */
function allowBelow(
  program: Program,
  ruleset: number,
  below: number,
  path: string,
  rights: number,
): void {
  const rule = new Uint8Array(16); // struct landlock_path_beneath_attr is packed: 12 bytes
  new DataView(rule.buffer).setBigUint64(0, BigInt(rights), true);
  new DataView(rule.buffer).setInt32(8, below, true);
  const flags = O_PATH | O_CLOEXEC;
  program.step(`open ${path}`, "openat", [AT_FDCWD, program.text(path), flags, 0]);
  program.step(`allow ${path}`, "landlock_add_rule", [
    ruleset,
    LANDLOCK_RULE_PATH_BENEATH,
    program.bytes(rule, `{${path}}`),
    0,
  ]);
  program.step(`close ${path}`, "close", [below]);
}
