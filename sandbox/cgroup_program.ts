// The job's own cgroup, a leaf of the delegated one. The runner makes it before the request; the
// zygote removes it after the run.
//
// Only the job runs in it, cloned straight into it (CLONE_INTO_CGROUP). Keeper and runner stay
// outside, so neither the kernel's out-of-memory killer nor cgroup.kill ever kills them. A leaf is
// used for one run only, so its peak and its event counts belong to that run. See cgroups(7) and
// Documentation/admin-guide/cgroup-v2.rst.

import { AT_REMOVEDIR, O_CLOEXEC, O_DIRECTORY, O_RDONLY, O_WRONLY } from "../linux/constants.ts";
import { CGROUP, CONTROL, LEAF, REPORT, RUNNER_FREE } from "./layout.ts";
import type { Address } from "./arena.ts";
import type { Program } from "./program.ts";
import { reportAndGoOn } from "./report.ts";

const READ = O_RDONLY | O_CLOEXEC;
const WRITE = O_WRONLY | O_CLOEXEC;

/** The open files of the leaf that the agent gets: first those it writes, then those it reads. */
export const leafFiles = [
  { name: "memory.max", flags: WRITE },
  { name: "pids.max", flags: WRITE },
  { name: "cpu.max", flags: WRITE },
  { name: "cgroup.kill", flags: WRITE }, // Linux 5.14
  { name: "memory.current", flags: READ },
  { name: "memory.peak", flags: READ }, // Linux 5.19
  { name: "memory.events", flags: READ },
  { name: "cpu.stat", flags: READ },
  { name: "pids.current", flags: READ },
  { name: "pids.events", flags: READ },
  { name: "cgroup.procs", flags: READ },
] as const;

/** All files that must exist for the cgroup layer to be on. */
export const neededFiles = ["memory.oom.group", ...leafFiles.map(({ name }) => name)];

/**
 * Name of leaf `number` in the delegated cgroup. Its length is fixed, so that it can be replaced in
 * a program.
 */
export function leafName(number: number): string {
  return `${leafPrefix}${String(number).padStart(9, "0")}`;
}

/** The name of every leaf begins with this, and no other cgroup's does. */
export const leafPrefix = "sandbox-";

/** The numbers of the open leaf files, from the first to the last. */
export const LEAF_FILES = leafFiles.map((_, index) => RUNNER_FREE + index);

/**
 * Adds the runner's steps that make the leaf and open its files. The last run's leaf is closed.
 *
 * @returns The address of the leaf's name.
 */
export function leafSteps(program: Program, number: number): Address {
  const name = program.text(leafName(number));
  const set = (file: string, value: string, must: boolean) => {
    const step = (what: string, call: "openat" | "write" | "close", args: number[]) =>
      program.step(`${what} ${file}`, call, args, { must });
    step("open", "openat", [LEAF, program.text(file), WRITE, 0]);
    step("set", "write", [RUNNER_FREE, program.text(value), value.length]);
    step("close", "close", [RUNNER_FREE]);
  };
  program.step("make the job's cgroup", "mkdirat", [CGROUP, name, 0o755]);
  program.step("open the job's cgroup", "openat", [
    CGROUP,
    name,
    O_RDONLY | O_DIRECTORY | O_CLOEXEC,
    0,
  ]);
  program.step("put it in its place", "dup3", [RUNNER_FREE, LEAF, O_CLOEXEC]);
  program.step("close its other descriptor", "close", [RUNNER_FREE]);
  set("memory.oom.group", "1", true); // out of memory kills the whole job, never a part of it
  set("memory.swap.max", "0", false); // does not exist without CONFIG_SWAP
  for (const { name, flags } of leafFiles) {
    program.step(`open ${name}`, "openat", [LEAF, program.text(name), flags, 0]);
  }
  return name;
}

/**
 * Run by the zygote: removes the leaf of a finished run. Reports `removed`, the leaf's number, the
 * result.
 */
export function removeLeafProgram(program: Program, number: number): void {
  const report = program.words([REPORT.removed, number, 0]);
  program.step("remove the job's cgroup", "unlinkat", [
    CGROUP,
    program.text(leafName(number)),
    AT_REMOVEDIR,
  ], { must: false, store: report + 16 });
  program.step("report to the agent", "write", [CONTROL, report, 24]);
  program.end();
  reportAndGoOn(program);
}
