// Finds the launchers below an agent by their role, from outside.

import { roleOf } from "../census/found.ts";
import { descendants } from "./census.ts";

/** The launchers that can be told apart (docs/architecture.md). */
export type Role = NonNullable<ReturnType<typeof roleOf>>;

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
