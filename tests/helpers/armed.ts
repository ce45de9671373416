// Finds armed jobs from outside: launchers below the agent that already run as the job's user.

import { descendants } from "./census.ts";

/** The uid of a job outside its sandbox, where root started the agent. */
const JOB_UID = 65533;

/** A job that waits for its request. */
export interface ArmedJob {
  readonly pid: number;
  /** The job's sandbox, identified by its PID namespace. */
  readonly sandbox: string;
}

/** Every armed job of the agent `pid`. Only root can read this. */
export function armedJobs(pid: number): ArmedJob[] {
  return descendants(pid).flatMap((each) => {
    try {
      const status = Deno.readTextFileSync(`/proc/${each}/status`);
      const program = Deno.readLinkSync(`/proc/${each}/exe`);
      if (!status.includes(`\nUid:\t${JOB_UID}\t`)) return [];
      if (!program.startsWith("/memfd:sallyport-launcher")) return [];
      return [{ pid: each, sandbox: Deno.readLinkSync(`/proc/${each}/ns/pid`) }];
    } catch {
      return []; // gone while we looked
    }
  });
}

/** Waits until exactly `count` jobs are armed, and returns them. */
export async function untilArmed(pid: number, count: number): Promise<ArmedJob[]> {
  for (let left = 300; left > 0; left--) {
    const jobs = armedJobs(pid);
    if (jobs.length === count) return jobs;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`Not ${count} jobs are armed: ${JSON.stringify(armedJobs(pid))}`);
}
