// The memory of processes, as the kernel counts it.

import { descendants } from "../../tests/helpers/census.ts";

/**
 * Memory of one process in KiB, from /proc/PID/smaps_rollup (proc_pid_smaps_rollup(5), proc(5)).
 */
export interface Memory {
  readonly rssKib: number;
  readonly pssKib: number;
  /** Anonymous pages: heap, JIT, stacks. */
  readonly pssAnonKib: number;
  /** Pages of files, mostly Deno's executable. */
  readonly pssFileKib: number;
}

/**
 * Whether this process can read these files: an agent is not dumpable, so only root sees its pages
 * and descriptors (ptrace(2)).
 */
export const maySee: boolean = Deno.uid() === 0;

/** A field of a file with lines such as "Name:  123 kB"; NaN if the field is missing. */
function field(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? NaN);
}

/** Memory of a process. */
export function memoryOf(pid: number): Memory {
  const text = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  return {
    rssKib: field(text, "Rss"),
    pssKib: field(text, "Pss"),
    pssAnonKib: field(text, "Pss_Anon"),
    pssFileKib: field(text, "Pss_File"),
  };
}

/** The processes below the agent: its launchers, and programs, such as interpreters that wait. */
export function below(agent: number): { launchers: number[]; programs: number[] } {
  const found: Record<"launchers" | "programs", number[]> = { launchers: [], programs: [] };
  for (const pid of descendants(agent)) {
    const isLauncher = Deno.readLinkSync(`/proc/${pid}/exe`).startsWith("/memfd:");
    found[isLauncher ? "launchers" : "programs"].push(pid);
  }
  return found;
}

/** The highest resident memory since `resetHighWater`, in KiB (VmHWM, proc_pid_status(5)). */
export function highWaterKib(pid: number): number {
  return field(Deno.readTextFileSync(`/proc/${pid}/status`), "VmHWM");
}

/** Resets the high water mark to the present size (proc_pid_clear_refs(5), value 5). */
export function resetHighWater(pid: number): void {
  Deno.writeTextFileSync(`/proc/${pid}/clear_refs`, "5\n");
}

/** Starts a program that prints a line and keeps running, and ends it when `look` is done. */
export async function withIdle<T>(
  [program, ...args]: readonly string[],
  look: (pid: number) => T,
): Promise<T> {
  const child = new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  try {
    const reader = child.stdout.getReader();
    await reader.read();
    await reader.cancel();
    return look(child.pid);
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
}
