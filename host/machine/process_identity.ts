// Who a process of this host is, as /proc shows it.
//
// A pid alone says little, since the kernel gives it out again. A pid with its start time is one
// process for as long as the kernel runs.

/** One process, for as long as this kernel runs. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of proc_pid_stat(5): clock ticks between the kernel's start and the process's. */
  readonly start: number;
}

/** Fields of /proc/PID/stat after the name: [0] is the state, [1] the parent, [19] the start. */
export function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** When a process started; null if there is none, or only its remains. */
export function startOf(pid: number): number | null {
  try {
    const fields = fieldsOf(Deno.readTextFileSync(`/proc/${pid}/stat`));
    return fields[0] === "Z" || fields[0] === "X" ? null : Number(fields[19]);
  } catch {
    return null;
  }
}

/** Whether exactly this process is alive. */
export function isAlive({ pid, start }: ProcessIdentity): boolean {
  return startOf(pid) === start;
}

/** This process's identity, or that of `pid`; null if it has ended. */
export function identityOf(pid: number = Deno.pid): ProcessIdentity | null {
  const start = startOf(pid);
  return start === null ? null : { pid, start };
}
