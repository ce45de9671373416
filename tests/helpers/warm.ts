// Finds waiting interpreters from outside: processes of the job's user that are no launcher.

import { descendants } from "./census.ts";

/**
 * Variables that make a request unfit for an interpreter that waits, and change nothing else: no
 * interpreter knows this one, but only a new one may read what begins so.
 */
export const coldly: Readonly<Record<string, string>> = { LD_NOTHING: "1" };

/** The uid of a job outside its sandbox, where root started the agent. */
const JOB_UID = 65533;

/** Pids of the interpreters below the agent `pid` that wait on the socket. Only root can read this. */
export function warmJobs(pid: number): number[] {
  return descendants(pid).filter((each) => {
    try {
      const status = Deno.readTextFileSync(`/proc/${each}/status`);
      const program = Deno.readLinkSync(`/proc/${each}/exe`);
      if (!status.includes(`\nUid:\t${JOB_UID}\t`)) return false;
      if (program.startsWith("/memfd:sallyport-launcher")) return false;
      // Where a process waits for a message (net/core/datagram.c).
      return /skb_wait/.test(Deno.readTextFileSync(`/proc/${each}/wchan`));
    } catch {
      return false; // gone while we looked
    }
  });
}

/** Waits until exactly `count` interpreters wait, and returns them. */
export async function untilWarm(pid: number, count: number): Promise<number[]> {
  for (let left = 500; left > 0; left--) {
    const jobs = warmJobs(pid);
    if (jobs.length === count) return jobs;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`Not ${count} interpreters wait: ${JSON.stringify(warmJobs(pid))}`);
}
