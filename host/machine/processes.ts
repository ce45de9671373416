// Processes of this host as /proc shows them: who they are, their signals, and stopping a family.

import { descendants } from "./descendants.ts";
import { isAlive, type ProcessIdentity } from "./process_identity.ts";

export { descendants, familyOf } from "./descendants.ts";
export { identityOf, isAlive, type ProcessIdentity, startOf } from "./process_identity.ts";

/** Sends a signal to exactly this process, if it is still alive. */
export function signal(process: ProcessIdentity, name: Deno.Signal): void {
  if (!isAlive(process)) return;
  try {
    Deno.kill(process.pid, name);
  } catch {
    // It ended in between, or it is not ours: whoever asks looks whether it is gone.
  }
}

/**
 * Kills a process group by its leader. Unlike a look and then a signal to each, no child that is
 * being made escapes.
 */
export function killGroup(leader: ProcessIdentity): void {
  if (!isAlive(leader)) return;
  try {
    Deno.kill(-leader.pid, "SIGKILL");
  } catch {
    // It ended in between.
  }
}

/**
 * Stops a process and everything below it. The parents first, so that none makes more children;
 * then again, until a look finds nobody new.
 */
export function freeze(top: ProcessIdentity): void {
  const stopped = new Set<number>();
  for (let found = [top]; found.length > 0;) {
    for (const process of found) {
      signal(process, "SIGSTOP");
      stopped.add(process.pid);
    }
    found = descendants(top.pid).filter(({ pid }) => !stopped.has(pid));
  }
}

/** Lets a stopped family go on, the children first. */
export function thaw(top: ProcessIdentity): void {
  for (const process of [top, ...descendants(top.pid)].reverse()) signal(process, "SIGCONT");
}

/** Waits until none of them is alive. Returns those that still are after `limitMs`. */
export async function untilGone(
  processes: readonly ProcessIdentity[],
  limitMs: number,
): Promise<ProcessIdentity[]> {
  for (let waitedMs = 0;; waitedMs += 5) {
    const left = processes.filter(isAlive);
    if (left.length === 0 || waitedMs >= limitMs) return left;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
