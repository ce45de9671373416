// What the keeper, PID 1 of a sandbox, is asked while a job runs and between runs.
//
// Signals, samples and files: short programs that never wait, so that the keeper is always back at
// its socket, where the end of the agent is the end of the sandbox.

import {
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_NONBLOCK,
  O_RDONLY,
  O_TRUNC,
  O_WRONLY,
  RESOLVE_BENEATH,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  RUSAGE_CHILDREN,
  SIGKILL,
  STATX_BASIC_STATS,
  WNOHANG,
} from "../linux/constants.ts";
import { CONTROL, JOB, type Platform, REPORT } from "./layout.ts";
import type { Program } from "./program.ts";
import { outgoing, reportAndExit } from "./report.ts";

/** Bytes of directory entries that one report carries. */
const ENTRIES_SIZE = 0x8000;

/** Files looked at in one program: three rows each. */
export const BATCH = 36;

/** Bytes of struct statx, and of what is kept of /proc/PID/stat. */
export const STATX_SIZE = 256;
export const STAT_SIZE = 512;

const loose = { must: false };

/** Sends `signal` to the job's process group; to end it for good, to the job itself as well. */
export function signalProgram(program: Program, pid: number, signal: number): void {
  program.step("signal the job's process group", "kill", [-pid, signal], loose);
  if (signal === SIGKILL) program.step("kill the job", "kill", [pid, SIGKILL], loose);
  program.end();
  reportAndExit(program);
}

/**
 * Lists /proc: the processes that live in the sandbox. Reports `processes`, errno, count of bytes,
 * entries.
 */
export function processesProgram(program: Program): void {
  listSteps(program, "/proc", REPORT.processes, program.text("/proc"));
}

/** Reads /proc/PID/stat of each process. Reports `stats`, 0, then for each: bytes read, text. */
export function statProgram(program: Program, pids: readonly number[]): void {
  const slot = 8 + STAT_SIZE;
  const size = 16 + slot * pids.length;
  const report = program.space(size);
  program.put(report, REPORT.stats);
  pids.forEach((pid, index) => {
    const at = report + 16 + slot * index;
    const path = program.text(`/proc/${pid}/stat`);
    program.step("open", "openat", [AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0], loose);
    program.step("read", "read", [KEEPER_FREE, at + 8, STAT_SIZE], { ...loose, store: at });
    program.step("close", "close", [KEEPER_FREE], loose);
  });
  program.step("report", "write", [CONTROL, report, size]);
  program.end();
  reportAndExit(program);
}

/** The keeper's lowest free descriptor. */
const KEEPER_FREE = CONTROL + 1;

/**
 * Opens a file of the sandbox directory for the agent. Reports `file` and the descriptor, or the
 * errno.
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
  const report = program.words([REPORT.file, 0]);
  const message = outgoing(program, report, 16, [KEEPER_FREE]);
  program.step(`open ${JSON.stringify(path)}`, "openat2", [AT_FDCWD, program.text(path), how, 24], {
    ...loose,
    store: report + 8,
  });
  if (write) {
    program.step("set its mode", "fchmod", [KEEPER_FREE, mode], loose);
    if (platform.ownIds) {
      program.step("give it to the job", "fchown", [KEEPER_FREE, JOB, JOB], loose);
    }
  }
  program.step("hand it over", "sendmsg", [CONTROL, message.header, 0], loose);
  program.step("close", "close", [KEEPER_FREE], loose);
  program.step("report", "write", [CONTROL, report, 16]);
  program.end();
  reportAndExit(program);
}

/**
 * Lists a directory of the sandbox. Reports `entries`, errno, count of bytes, entries
 * (getdents64(2)).
 */
export function listProgram(program: Program, path: string): void {
  listSteps(program, path, REPORT.entries, program.text(path), openHow(program, DIRECTORY, 0));
}

/**
 * Asks for size and type of names in a directory. Reports `attributes`, 0, then result and struct
 * statx of each.
 */
export function statxProgram(program: Program, path: string, names: readonly string[]): void {
  const slot = 8 + STATX_SIZE;
  const size = 16 + slot * names.length;
  const report = program.space(size);
  program.put(report, REPORT.attributes);
  const how = openHow(program, DIRECTORY, 0);
  program.step("open", "openat2", [AT_FDCWD, program.text(path), how, 24], loose);
  names.forEach((name, index) => {
    const at = report + 16 + slot * index;
    program.step(`stat ${JSON.stringify(name)}`, "statx", [
      KEEPER_FREE,
      program.text(name),
      AT_SYMLINK_NOFOLLOW,
      STATX_BASIC_STATS,
      at + 8,
    ], { ...loose, store: at });
  });
  program.step("close", "close", [KEEPER_FREE], loose);
  program.step("report", "write", [CONTROL, report, size]);
  program.end();
  reportAndExit(program);
}

/** Children that one program of the runner reaps at most. */
const REAPED = 64;

/**
 * For the runner, when something has not yet gone after its SIGKILL. It does not wait. Reports
 * `reaped`.
 */
export function reapProgram(program: Program): void {
  const report = program.words([REPORT.reaped, ...Array(1 + 144 / 8).fill(0)]);
  for (let left = REAPED; left > 0; left--) {
    program.step("reap what was killed", "wait4", [-1, 0, WNOHANG, 0], loose);
  }
  program.step("kill what is left", "kill", [-1, SIGKILL], loose);
  program.step("is anything left?", "wait4", [-1, 0, WNOHANG, 0], { ...loose, store: report + 8 });
  program.step("add up the usage", "getrusage", [RUSAGE_CHILDREN, report + 16]);
  program.step("report", "write", [CONTROL, report, 16 + 144]);
  program.end();
  reportAndExit(program);
}

const DIRECTORY = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

function listSteps(program: Program, name: string, word: number, path: number, how?: number): void {
  const report = program.space(24 + ENTRIES_SIZE);
  program.put(report, word);
  const opened = { ...loose, store: report + 8 };
  const step = `open ${JSON.stringify(name)}`;
  if (how === undefined) program.step(step, "openat", [AT_FDCWD, path, DIRECTORY, 0], opened);
  else program.step(step, "openat2", [AT_FDCWD, path, how, 24], opened);
  program.step("read the entries", "getdents64", [KEEPER_FREE, report + 24, ENTRIES_SIZE], {
    ...loose,
    store: report + 16,
  });
  program.step("close", "close", [KEEPER_FREE], loose);
  program.step("report", "write", [CONTROL, report, 24 + ENTRIES_SIZE]);
  program.end();
  reportAndExit(program);
}

/**
 * struct open_how (openat2(2), Linux 5.6): never leaves the working directory, never follows a
 * link.
 */
function openHow(program: Program, flags: number, mode: number): number {
  const resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return program.words([flags, mode, resolve], "{how, beneath, no links}");
}
