// How a warm interpreter gets its request: the keeper sets the limits and writes the code, then a
// message on the job's own socket says go.
//
// The interpreter cannot do either: it is the user's program already, as far as the filter and the
// limits are concerned. Nothing of the program runs before the message, so a step that fails leaves
// a run that never began.

import {
  AT_FDCWD,
  FALLOC_FL_KEEP_SIZE,
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_NOFOLLOW,
  O_WRONLY,
} from "../linux/constants.ts";
import { errnoName } from "../linux/errno.ts";
import type { JobLimits } from "./job_limits.ts";
import type { JobLanguage } from "./language.ts";
import { CONTROL, JOB, KEEPER_FREE, type Platform, REPORT } from "./layout.ts";
import type { Program } from "./program.ts";
import { type Failure, reportAndExit } from "./report.ts";
import { resourceLimits } from "./rlimits.ts";
import { warmFiles } from "./start_program.ts";

/** What a warm interpreter is given. */
export interface WarmJob {
  readonly language: JobLanguage;
  readonly code: Uint8Array;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly limits: JobLimits;
}

const loose = { must: false };

/**
 * Sets the limits of process `pid` and writes the code. Reports `handed`, then the result of each
 * step whose name is returned.
 */
export function handProgram(
  program: Program,
  platform: Platform,
  pid: number,
  { language, code, limits }: WarmJob,
): string[] {
  const rlimits = resourceLimits(limits, language.reserved_bytes ?? 0, platform);
  const names = [
    ...rlimits.map(({ name }) => `limit ${name}`),
    ...["make the code file", "give it to the job", "make room for the code", "write the code"],
  ];
  const report = program.words([REPORT.handed, ...names.map(() => 0)]);
  let next = report;
  const checked = () => ({ ...loose, store: next += 8 });
  for (const { name, resource, soft, hard = soft } of rlimits) {
    const value = program.words([soft, hard], `{${soft}, ${hard}}`);
    program.step(`limit ${name}`, "prlimit64", [pid, resource, value, 0], checked());
  }
  if (language.warm?.plain) {
    for (const path of warmFiles(language)) {
      program.step("remove the boot program", "unlinkat", [AT_FDCWD, program.text(path), 0], loose);
    }
  }
  const name = program.text(language.file);
  program.step("remove an old code file", "unlinkat", [AT_FDCWD, name, 0], loose);
  const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  program.step("make the code file", "openat", [AT_FDCWD, name, flags, language.mode], checked());
  const owner = platform.ownIds ? JOB : -1; // -1: as it is
  program.step("give it to the job", "fchown", [KEEPER_FREE, owner, owner], checked());
  const room = [KEEPER_FREE, FALLOC_FL_KEEP_SIZE, 0, Math.max(1, code.length)];
  program.step("make room for the code", "fallocate", room, checked());
  const bytes = [KEEPER_FREE, program.bytes(code), code.length];
  program.step("write the code", "write", bytes, checked());
  program.step("close the code file", "close", [KEEPER_FREE], loose);
  program.step("report to the agent", "write", [CONTROL, report, 8 + 8 * names.length]);
  program.end();
  reportAndExit(program);
  return names;
}

/**
 * The first step that failed, by its name.
 *
 * @param codeBytes How many bytes the last step, which writes the code, must have written.
 */
export function readHanded(
  message: DataView,
  names: readonly string[],
  codeBytes: number,
): Failure | undefined {
  for (const [index, step] of names.entries()) {
    const result = Number(message.getBigInt64(8 + 8 * index, true));
    if (result < 0) return { step, errno: errnoName(-result) };
    if (index === names.length - 1 && result !== codeBytes) return { step, errno: "EIO" };
  }
  return undefined;
}

const encoder = new TextEncoder();

/** The message to the boot program: see policy/boot. A plain one gets the end of a line. */
export function handMessage({ language, args, env }: WarmJob): Uint8Array {
  if (language.warm?.plain) return encoder.encode("\n");
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return encoder.encode([args.length, ...args, ...variables].map((word) => `${word}\0`).join(""));
}
