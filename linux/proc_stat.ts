// Reads /proc/PID/stat: the usage of one process (proc_pid_stat(5)).

import { libc } from "./libc.ts";

/** sysconf(3)'s names, as in bits/confname.h. */
const SC_CLK_TCK = 2;
const SC_PAGESIZE = 30;

/**
 * The units of the kernel's CPU times and of resident memory: read once at the start, before
 * anything is refused.
 */
const tickMs = 1000 / Number(libc.sysconf(SC_CLK_TCK));
const pageBytes = Number(libc.sysconf(SC_PAGESIZE));

/** What one process uses. */
export interface ProcessStat {
  /** Whether it has ended and waits for its parent. */
  readonly zombie: boolean;
  /** CPU time so far, its own and that of the children it has waited for, in milliseconds. */
  readonly cpuMs: number;
  /** Resident memory, in bytes. */
  readonly memoryBytes: number;
  /** Its threads; at least 1, for a zombie too. */
  readonly threads: number;
}

/** Reads one line. Field 3 is the first after the command's last ")"; a missing field is 0. */
export function readProcessStat(stat: string): ProcessStat {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const field = (number: number) => Number(fields[number - 3] ?? 0) || 0;
  return {
    zombie: fields[0] === "Z" || fields[0] === "X",
    cpuMs: (field(14) + field(15) + field(16) + field(17)) * tickMs,
    memoryBytes: field(24) * pageBytes,
    threads: Math.max(1, field(20)),
  };
}
