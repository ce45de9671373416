// Memory of processes as /proc shows it.

/** Bytes of a page, on both processors that Sallyport knows. */
const PAGE = 4096;

/**
 * Resident memory of processes in MiB: the second field of /proc/PID/statm (proc_pid_statm(5)).
 * Pages that two of them share count twice.
 */
export function residentMib(pids: readonly number[]): number {
  let pages = 0;
  for (const pid of pids) {
    try {
      pages += Number(Deno.readTextFileSync(`/proc/${pid}/statm`).split(" ")[1]);
    } catch {
      continue; // it has ended
    }
  }
  return pages * PAGE / (1024 * 1024);
}
