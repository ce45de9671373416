// What the keeper, PID 1 of a sandbox, is asked about the files of the sandbox directory.
//
// Every path is opened with openat2(2) and never leaves the directory, never follows a link; a name
// is only used relative to a directory that was opened so. What a job left behind is hostile.

import {
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_NOFOLLOW,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_NONBLOCK,
  O_RDONLY,
  O_TRUNC,
  O_WRONLY,
  RENAME_NOREPLACE,
  RESOLVE_BENEATH,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  SEEK_SET,
  STATX_BASIC_STATS,
} from "../linux/constants.ts";
import type { Address } from "./arena.ts";
import { ENTRIES_SIZE } from "./keeper_program.ts";
import { CONTROL, JOB, KEEPER_FREE, type Platform, REPORT } from "./layout.ts";
import { type Name, shownName } from "./name.ts";
import type { Program } from "./program.ts";
import { outgoing, reportAndExit } from "./report.ts";

/** Files that one program looks at, removes, or makes as directories. */
export const FILES_BATCH = 24;

/** Bytes of struct statx. */
export const STATX_SIZE = 256;

/** Bytes of a symbolic link's text that one report carries. */
export const LINK_SIZE = 4096;

const DIRECTORY = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

const loose = { must: false };

/** A path in two: the directory that it is in, "." for the sandbox directory, and its name. */
export function parted(path: string): [directory: string, name: string] {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? [".", path] : [path.slice(0, slash), path.slice(slash + 1)];
}

/**
 * Opens a file for the agent: to be read, or, with a mode, to be written from the start. Reports
 * `file` and the descriptor, or the errno.
 */
export function openProgram(
  program: Program,
  platform: Platform,
  path: string,
  mode?: number,
): void {
  const write = mode !== undefined;
  const flags = write ? O_WRONLY | O_CREAT | O_TRUNC : O_RDONLY;
  // Not waiting: the name may be that of a FIFO.
  const how = openHow(program, flags | O_NONBLOCK | O_CLOEXEC, mode ?? 0);
  const report = program.words([REPORT.file, 0, 0, 0]);
  const message = outgoing(program, report, 16, [KEEPER_FREE]);
  program.step(`open ${JSON.stringify(path)}`, "openat2", [AT_FDCWD, program.text(path), how, 24], {
    ...loose,
    store: report + 8,
  });
  if (write) {
    const moded = { ...loose, store: report + 16 };
    program.step("set its mode", "fchmod", [KEEPER_FREE, mode], moded);
    if (platform.ownIds) {
      const given = { ...loose, store: report + 24 };
      program.step("give it to the job", "fchown", [KEEPER_FREE, JOB, JOB], given);
    }
  }
  program.step("hand it over", "sendmsg", [CONTROL, message.header, 0], loose);
  program.step("close", "close", [KEEPER_FREE], loose);
  program.step("report to the agent", "write", [CONTROL, report, OPENED_SIZE]);
  program.end();
  reportAndExit(program);
}

/** Bytes of a `file` report: its word, and the results of opening, of its mode, of its owner. */
const OPENED_SIZE = 32;

/** What a `file` report says: the descriptor's number in the keeper, or a negative errno. */
export function readOpened(message: DataView): number {
  const [opened, ...others] = [8, 16, 24].map((at) => Number(message.getBigInt64(at, true)));
  return opened < 0 ? opened : others.find((result) => result < 0) ?? opened;
}

/**
 * Makes directories, each below the one before or beside it, at most FILES_BATCH; one that is there
 * stays (EEXIST). Reports `changed`.
 *
 * @param mode Permission bits of those that are made.
 */
export function directoriesProgram(
  program: Program,
  platform: Platform,
  paths: readonly string[],
  mode: number,
): void {
  const report = changeReport(program, paths.length);
  for (const [index, path] of paths.entries()) {
    const [directory, name] = parted(path);
    within(program, directory, report, () => {
      const text = program.text(name);
      const made = { ...loose, store: report + 16 + 8 * index };
      program.whenZero("make the directory", "mkdirat", [KEEPER_FREE, text, mode], made, () => {
        // mkdir(2) subtracts the umask.
        program.step("set its mode", "fchmodat", [KEEPER_FREE, text, mode], loose);
        giveToJob(program, platform, text);
      });
    });
  }
  // Whatever was there under that name: is it a directory?
  within(program, paths[paths.length - 1], report, () => {});
  reportChange(program, report, paths.length);
}

/** Makes a symbolic link. Reports `changed`. */
export function linkProgram(
  program: Program,
  platform: Platform,
  path: string,
  target: string,
): void {
  const report = changeReport(program, 1);
  const [directory, name] = parted(path);
  within(program, directory, report, () => {
    const text = program.text(name);
    const made = { ...loose, store: report + 16 };
    program.step("remove what is there", "unlinkat", [KEEPER_FREE, text, 0], loose);
    const call = [program.text(target), KEEPER_FREE, text];
    program.whenZero("make the link", "symlinkat", call, made, () => {
      giveToJob(program, platform, text);
    });
  });
  reportChange(program, report, 1);
}

/**
 * Removes names from a directory, at most FILES_BATCH. Reports `changed`.
 *
 * @param directories Whether the names are those of directories, which must be empty.
 */
export function removeProgram(
  program: Program,
  directory: Name,
  names: readonly Name[],
  directories: boolean,
): void {
  const report = changeReport(program, names.length);
  within(program, directory, report, () => {
    for (const [index, name] of names.entries()) {
      const flags = directories ? AT_REMOVEDIR : 0;
      const step = `remove ${shownName(name)}`;
      program.step(step, "unlinkat", [KEEPER_FREE, program.text(name), flags], {
        ...loose,
        store: report + 16 + 8 * index,
      });
    }
  });
  reportChange(program, report, names.length);
}

/**
 * Moves a directory into another one, under a name that is not there yet (EEXIST). Reports
 * `changed`.
 */
export function moveProgram(
  program: Program,
  directory: Name,
  name: Name,
  into: Name,
  as: string,
): void {
  const report = changeReport(program, 1);
  within(program, directory, report, () => {
    const how = openHow(program, DIRECTORY, 0);
    const open = [AT_FDCWD, program.text(into), how, 24];
    program.step(`open ${shownName(into)}`, "openat2", open, loose);
    const [from, to] = [KEEPER_FREE, KEEPER_FREE + 1];
    const call = [from, program.text(name), to, program.text(as), RENAME_NOREPLACE];
    const moved = { ...loose, store: report + 16 };
    program.step(`move ${shownName(name)}`, "renameat2", call, moved);
    program.step("close", "close", [to], loose);
  });
  reportChange(program, report, 1);
}

/**
 * Reads a directory from a position on: 0, or one that an entry carries. Reports `entries`, the
 * errno, a count of bytes, and entries (getdents64(2)).
 */
export function entriesProgram(program: Program, path: Name, position: bigint): void {
  const report = program.space(24 + ENTRIES_SIZE);
  program.put(report, REPORT.entries);
  const how = openHow(program, DIRECTORY, 0);
  program.step(`open ${shownName(path)}`, "openat2", [AT_FDCWD, program.text(path), how, 24], {
    ...loose,
    store: report + 8,
  });
  program.step("go on from there", "lseek", [KEEPER_FREE, position, SEEK_SET], loose);
  program.step("read the entries", "getdents64", [KEEPER_FREE, report + 24, ENTRIES_SIZE], {
    ...loose,
    store: report + 16,
  });
  program.step("close", "close", [KEEPER_FREE], loose);
  program.step("report to the agent", "write", [CONTROL, report, 24 + ENTRIES_SIZE]);
  program.end();
  reportAndExit(program);
}

/**
 * Asks for size and type of names in a directory, at most FILES_BATCH. Reports `attributes`, the
 * directory's descriptor or errno, then result and struct statx of each.
 */
export function statxProgram(program: Program, path: string, names: readonly Name[]): void {
  const slot = 8 + STATX_SIZE;
  const size = 16 + slot * names.length;
  const report = program.space(size);
  program.put(report, REPORT.attributes);
  within(program, path, report, () => {
    names.forEach((name, index) => {
      const at = report + 16 + slot * index;
      program.step(`stat ${shownName(name)}`, "statx", [
        KEEPER_FREE,
        program.text(name),
        AT_SYMLINK_NOFOLLOW,
        STATX_BASIC_STATS,
        at + 8,
      ], { ...loose, store: at });
    });
  });
  program.step("report to the agent", "write", [CONTROL, report, size]);
  program.end();
  reportAndExit(program);
}

/** Reads a symbolic link. Reports `attributes`, the count of bytes, and its text. */
export function readLinkProgram(program: Program, directory: string, name: Name): void {
  const report = program.space(16 + LINK_SIZE);
  program.put(report, REPORT.attributes);
  within(program, directory, undefined, () => {
    const call = [KEEPER_FREE, program.text(name), report + 16, LINK_SIZE];
    program.step("read the link", "readlinkat", call, { ...loose, store: report + 8 });
  });
  program.step("report to the agent", "write", [CONTROL, report, 16 + LINK_SIZE]);
  program.end();
  reportAndExit(program);
}

/**
 * Steps that find a directory open as KEEPER_FREE, or nothing: then each of them fails (EBADF).
 *
 * @param report The report that says in its second word how the opening went.
 */
function within(
  program: Program,
  directory: Name,
  report: Address | undefined,
  steps: () => void,
): void {
  const how = openHow(program, DIRECTORY, 0);
  const name = `open ${shownName(directory)}`;
  program.step(name, "openat2", [AT_FDCWD, program.text(directory), how, 24], {
    ...loose,
    ...(report === undefined ? {} : { store: report + 8 }),
  });
  steps();
  program.step("close", "close", [KEEPER_FREE], loose);
}

function giveToJob(program: Program, { ownIds }: Platform, name: Address): void {
  if (!ownIds) return;
  const call = [KEEPER_FREE, name, JOB, JOB, AT_SYMLINK_NOFOLLOW];
  program.step("give it to the job", "fchownat", call, loose);
}

/** `changed`: the last opening's descriptor or errno, then the result of each call. */
function changeReport(program: Program, calls: number): Address {
  const report = program.space(16 + 8 * calls);
  program.put(report, REPORT.changed);
  return report;
}

function reportChange(program: Program, report: Address, calls: number): void {
  program.step("report to the agent", "write", [CONTROL, report, 16 + 8 * calls]);
  program.end();
  reportAndExit(program);
}

/**
 * struct open_how (openat2(2), Linux 5.6): never leaves the working directory, never follows a
 * link.
 */
function openHow(program: Program, flags: number, mode: number): Address {
  const resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return program.words([flags, mode, resolve], "{how, beneath, no links}");
}
