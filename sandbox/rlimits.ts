// The resource limits of a job: setrlimit(2), one row for each.
//
// They apply to each process separately, or (RLIMIT_NPROC) to all processes of the job's user.
// Limits on the job as a whole are enforced by the cgroup, or by the agent's sampling.

import {
  RLIMIT_CORE,
  RLIMIT_CPU,
  RLIMIT_DATA,
  RLIMIT_FSIZE,
  RLIMIT_MEMLOCK,
  RLIMIT_NOFILE,
  RLIMIT_NPROC,
  RLIMIT_STACK,
} from "../linux/constants.ts";
import type { JobLimits } from "./job_limits.ts";
import type { Platform } from "./layout.ts";
import type { Program } from "./program.ts";

/** Seconds from the soft limit (SIGXCPU) to the hard limit (SIGKILL). */
const CPU_GRACE_S = 1;

/**
 * Processes that RLIMIT_NPROC counts in addition to the job's if all have one uid: the zygote, this
 * sandbox's keeper and runner, and those of one sandbox that is being made or removed. If a cgroup
 * limits the job, RLIMIT_NPROC is higher than the cgroup's limit by the same number: then it is the
 * cgroup that refuses forks, and it counts them (pids.events).
 */
const LAUNCHERS = 5;

/**
 * How much larger than memory_bytes RLIMIT_DATA is, where no cgroup limits the job. The kernel counts
 * what a process may write, touched or not: stacks of threads that sleep, arenas, buffers of BLAS.
 * What is used is sampled; this limit bounds what one process can take between two samples.
 */
const DATA_FACTOR = 2;

/** What one step limits: the resource, its soft limit, and its hard one where that is another. */
export interface ResourceLimit {
  readonly name: string;
  readonly resource: number;
  readonly soft: number;
  readonly hard?: number;
}

/**
 * The limits to set in the kernel.
 *
 * @param reservedBytes What the language's runtime reserves and hardly uses.
 * @param platform Whether a cgroup limits memory and processes: then no rlimit for memory is set.
 * And whether the job has a uid of its own: otherwise the launchers count with its processes.
 */
export function resourceLimits(
  limits: JobLimits,
  reservedBytes: number,
  { cgroup, ownIds }: Pick<Platform, "cgroup" | "ownIds">,
): ResourceLimit[] {
  const seconds = Math.max(1, Math.ceil(limits.cpu_ms / 1000));
  const memory: ResourceLimit = {
    name: "data size",
    resource: RLIMIT_DATA,
    soft: limits.memory_bytes * DATA_FACTOR + reservedBytes,
  };
  return [
    { name: "CPU time", resource: RLIMIT_CPU, soft: seconds, hard: seconds + CPU_GRACE_S },
    ...(cgroup ? [] : [memory]),
    {
      name: "processes",
      resource: RLIMIT_NPROC,
      soft: limits.processes + (ownIds && !cgroup ? 0 : LAUNCHERS),
    },
    { name: "open files", resource: RLIMIT_NOFILE, soft: limits.open_files },
    { name: "file size", resource: RLIMIT_FSIZE, soft: limits.file_bytes },
    { name: "stack size", resource: RLIMIT_STACK, soft: limits.stack_bytes },
    { name: "core dumps", resource: RLIMIT_CORE, soft: 0 },
    { name: "locked memory", resource: RLIMIT_MEMLOCK, soft: 0 },
  ];
}

/** Adds a step for each limit; the limits apply to the process that runs the steps. */
export function rlimitSteps(program: Program, limits: readonly ResourceLimit[]): void {
  for (const { name, resource, soft, hard = soft } of limits) {
    const value = program.words([soft, hard], `{${soft}, ${hard}}`);
    program.step(`limit ${name}`, "prlimit64", [0, resource, value, 0]);
  }
}
