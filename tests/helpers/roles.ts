// Finds the launchers below an agent by their role, from outside.

import { descendants } from "./census.ts";

/** The launchers that can be told apart (docs/architecture.md). */
export type Role = "zygote" | "keeper" | "runner";

/** What a process below the agent is, by its /proc/PID/status; undefined for a job. */
export function roleOf(status: string, pid: number): Role | undefined {
  const numbers = /^NSpid:\t(.*)$/m.exec(status)![1].split("\t").map(Number);
  const inside = numbers.at(-1)!;
  if (numbers.length === 1) return inside === pid ? "zygote" : undefined;
  return inside === 1 ? "keeper" : inside === 2 ? "runner" : undefined;
}

/** The processes below `agent` that have the role now. Zombies are left out. */
export function processesOf(agent: number, role: Role): number[] {
  return descendants(agent).filter((pid) => {
    try {
      const status = Deno.readTextFileSync(`/proc/${pid}/status`);
      return !/^State:\t[ZX]/m.test(status) && roleOf(status, pid) === role;
    } catch {
      return false; // it ended while we looked
    }
  });
}
