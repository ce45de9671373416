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
import { type Platform, RULESET, SANDBOX } from "./layout.ts";
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
  const { fs, net, scope } = landlockRights(abi);
  const attributes = program.words([fs, net, scope], `{all that ABI ${abi} governs}`);
  program.step("make the Landlock ruleset", "landlock_create_ruleset", [
    attributes,
    landlockRulesetSize(abi),
    0,
  ]);

  const paths = platform.readOnlyPaths.filter((path) => path.link === undefined).map((p) => p.path);
  for (const path of ["/", ...paths, "/proc", "/dev", SANDBOX, "/tmp"]) {
    const below = RULESET + 1;
    const rule = new Uint8Array(16); // struct landlock_path_beneath_attr is packed: 12 bytes
    new DataView(rule.buffer).setBigUint64(0, BigInt(rightsFor(path, abi)), true);
    new DataView(rule.buffer).setInt32(8, below, true);
    const flags = O_PATH | O_CLOEXEC;
    program.step(`open ${path}`, "openat", [AT_FDCWD, program.text(path), flags, 0]);
    program.step(`allow ${path}`, "landlock_add_rule", [
      RULESET,
      LANDLOCK_RULE_PATH_BENEATH,
      program.bytes(rule, `{${path}}`),
      0,
    ]);
    program.step(`close ${path}`, "close", [below]);
  }
}
