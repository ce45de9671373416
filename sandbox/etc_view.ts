// What a job sees of /etc: a directory of the sandboxes' own, and in it what the policy lists.
//
// The zygote makes it once, for all sandboxes. Each mount of the zygote's is copied with every
// sandbox and cleared away with it, which takes about a microsecond; so files are copied into the
// new root, and only directories are mounted. Links stay links. The zygote has no rights in the
// guest: what it could not read, no job could.

import {
  AT_FDCWD,
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_RDONLY,
  O_WRONLY,
  SEEK_CUR,
} from "../linux/constants.ts";
import { CONTROL, type EtcEntry, type Platform, REPORT, STAGE, ZYGOTE_FREE } from "./layout.ts";
import type { Program } from "./program.ts";
import { reportAndExit } from "./report.ts";
import { makeDirectory, parents, showReadOnly } from "./zygote_program.ts";

/** The most that sendfile(2) copies at once; the files are far smaller. */
const WHOLE = 0x7fff_f000;

/** Steps of one entry, and of directories above it. */
const ROWS_OF_ENTRY = 8;

/** Rows that each of the zygote's programs has room for. */
export function etcRows({ etc }: Platform): number {
  return 127 + etc.length * ROWS_OF_ENTRY;
}

/** Makes /etc in the new root, but for the files of identity.ts. A program of the zygote's. */
export function etcProgram(program: Program, platform: Platform): void {
  const done = program.words([REPORT.zygote]);
  if (platform.view) {
    makeDirectory(program, "/etc");
    for (const path of parents(platform.etc.map(({ path }) => path))) {
      if (path !== "/etc") makeDirectory(program, path);
    }
    for (const entry of platform.etc) show(program, entry);
  }
  program.step("report to the agent", "write", [CONTROL, done, 8]);
  program.end();
  reportAndExit(program);
}

function show(program: Program, entry: EtcEntry): void {
  if (entry.kind !== "file") return showReadOnly(program, entry);
  const { path, bytes, executable } = entry;
  const [from, to] = [ZYGOTE_FREE, ZYGOTE_FREE + 1];
  const place = program.text(STAGE + path);
  const make = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
  const read = O_RDONLY | O_CLOEXEC;
  program.step(`copy ${path}: open`, "openat", [AT_FDCWD, program.text(path), read, 0]);
  program.step(`copy ${path}: make`, "openat", [AT_FDCWD, place, make, executable ? 0o555 : 0o444]);
  program.step(`copy ${path}: copy`, "sendfile", [to, from, 0, WHOLE]);
  // Fails (EINVAL) where less than all of it was copied.
  program.step(`copy ${path}: all of it`, "lseek", [to, -bytes, SEEK_CUR]);
  program.step(`copy ${path}: close`, "close_range", [from, to, 0]);
}
