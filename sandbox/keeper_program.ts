// What the keeper, PID 1 of a sandbox, is asked while a job runs.
//
// Signals and samples: short programs that never wait, so that the keeper is always back at its
// socket, where the end of the agent is the end of the sandbox. The files are in file_program.ts.

import {
  __WALL,
  AT_FDCWD,
  O_CLOEXEC,
  O_DIRECTORY,
  O_RDONLY,
  RUSAGE_CHILDREN,
  SIGKILL,
  WNOHANG,
} from "../linux/constants.ts";
import { type ProcessStat, readProcessStat } from "../linux/proc_stat.ts";
import { CONTROL, KEEPER_FREE, REPORT } from "./layout.ts";
import type { Program } from "./program.ts";
import { reportAndExit } from "./report.ts";

/** Bytes of directory entries that one report carries. */
export const ENTRIES_SIZE = 0x8000;

/** Processes looked at in one program: three rows each. */
export const BATCH = 36;

/** Bytes that are kept of /proc/PID/stat. */
export const STAT_SIZE = 512;

const decoder = new TextDecoder();

const loose = { must: false };

/**
 * Sends `signal` to the job's process group; SIGKILL also goes to the job itself. A job that was
 * forked just now leads no group yet: the signal then goes to it alone.
 */
export function signalProgram(program: Program, pid: number, signal: number): void {
  const isLeader = "does the job lead its group?";
  program.whenZero(isLeader, "kill", [-pid, 0], loose, () => {
    program.step("signal the job's process group", "kill", [-pid, signal], loose);
    if (signal === SIGKILL) program.step("kill the job", "kill", [pid, SIGKILL], loose);
    program.end();
  });
  program.step("signal the job", "kill", [pid, signal], loose);
  program.end();
  reportAndExit(program);
}

/** Removes files, those that are there. It reports nothing. */
export function unlinkProgram(program: Program, paths: readonly string[]): void {
  for (const path of paths) {
    program.step(`remove ${path}`, "unlinkat", [AT_FDCWD, program.text(path), 0], loose);
  }
  program.end();
  reportAndExit(program);
}

/**
 * Lists /proc: the processes in the sandbox. Reports `processes`, errno, count of bytes, entries.
 */
export function processesProgram(program: Program): void {
  const report = program.space(24 + ENTRIES_SIZE);
  program.put(report, REPORT.processes);
  const directory = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  program.step("open /proc", "openat", [AT_FDCWD, program.text("/proc"), directory, 0], {
    ...loose,
    store: report + 8,
  });
  program.step("read the entries", "getdents64", [KEEPER_FREE, report + 24, ENTRIES_SIZE], {
    ...loose,
    store: report + 16,
  });
  program.step("close", "close", [KEEPER_FREE], loose);
  program.step("report to the agent", "write", [CONTROL, report, 24 + ENTRIES_SIZE]);
  program.end();
  reportAndExit(program);
}

/** Reads /proc/PID/stat of each process. Reports as `readProgram` does. */
export function statProgram(program: Program, pids: readonly number[]): void {
  readProgram(program, pids.map((pid) => `/proc/${pid}/stat`), STAT_SIZE);
}

/** Bytes of a /proc/PID/status that are read: those up to VmRSS and further. */
const STATUS_SIZE = 2048;

/** Reads the resident memory of a process, which is exact here (proc_pid_status(5)). */
export function memoryProgram(program: Program, pid: number): void {
  readProgram(program, [`/proc/${pid}/status`], STATUS_SIZE);
}

/** The resident memory in such a report, in bytes; 0 if it could not be read. */
export function readMemory(message: DataView): number {
  const bytes = new Uint8Array(message.buffer, message.byteOffset + 24, STATUS_SIZE);
  return 1024 * Number(/^VmRSS:\s*(\d+) kB$/m.exec(decoder.decode(bytes))?.[1] ?? 0);
}

/**
 * Reads the first `size` bytes of each file. Reports `stats`, 0, then for each: the count of bytes or
 * an errno, and the bytes.
 */
function readProgram(program: Program, paths: readonly string[], size: number): void {
  const slot = 8 + size;
  const report = program.space(16 + slot * paths.length);
  program.put(report, REPORT.stats);
  paths.forEach((path, index) => {
    const at = report + 16 + slot * index;
    const name = program.text(path);
    program.step("open", "openat", [AT_FDCWD, name, O_RDONLY | O_CLOEXEC, 0], loose);
    program.step("read", "read", [KEEPER_FREE, at + 8, size], { ...loose, store: at });
    program.step("close", "close", [KEEPER_FREE], loose);
  });
  program.step("report to the agent", "write", [CONTROL, report, 16 + slot * paths.length]);
  program.end();
  reportAndExit(program);
}

/** The stats in such a report; undefined for a process that is gone. */
export function readStats(message: DataView, count: number): (ProcessStat | undefined)[] {
  return Array.from({ length: count }, (_, index) => {
    const at = 16 + (8 + STAT_SIZE) * index;
    const length = Number(message.getBigInt64(at, true));
    if (length <= 0) return undefined;
    const bytes = new Uint8Array(message.buffer, message.byteOffset + at + 8, length);
    return readProcessStat(decoder.decode(bytes));
  });
}

/** Children that one program of the runner reaps at most. */
const REAPED = 64;

/** Run by the runner while processes are left after SIGKILL. It does not wait. Reports `reaped`. */
export function reapProgram(program: Program): void {
  const report = program.words([REPORT.reaped, ...Array(1 + 144 / 8).fill(0)]);
  const look = [-1, 0, WNOHANG | __WALL, 0];
  for (let left = REAPED; left > 0; left--) {
    program.step("reap what was killed", "wait4", look, loose);
  }
  program.step("kill what is left", "kill", [-1, SIGKILL], loose);
  program.step("is anything left?", "wait4", look, { ...loose, store: report + 8 });
  program.step("add up the usage", "getrusage", [RUSAGE_CHILDREN, report + 16]);
  program.step("report to the agent", "write", [CONTROL, report, 16 + 144]);
  program.end();
  reportAndExit(program);
}
