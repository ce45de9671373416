// The agents that live on machines in a directory.

import { isAlive } from "../helpers/census.ts";

/** Pids of processes whose command line names the directory. */
export function agentsIn(directory: string): number[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((pid) => {
    try {
      if (!Number.isInteger(pid) || pid === Deno.pid) return false;
      return Deno.readTextFileSync(`/proc/${pid}/cmdline`).includes(directory) && isAlive(pid);
    } catch {
      return false; // it has ended
    }
  });
}
