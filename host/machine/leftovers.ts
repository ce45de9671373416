// Clears up after hosts that died: their machines' directories, and what still runs of them.

import { removeCgroup } from "./cgroup.ts";
import { isAbandoned, removeMarked } from "./marked_directory.ts";
import { bootId, hostLives, readMarker } from "./marker.ts";
import { descendants, isAlive, type ProcessIdentity, signal, untilGone } from "./processes.ts";

const GONE_MS = 5000;

/** One directory that was cleared. */
export interface Leftover {
  readonly directory: string;
  /** The processes that were ended. */
  readonly killed: readonly ProcessIdentity[];
}

/**
 * Looks through the directories in `root` and clears those of machines whose host has died. It kills
 * a process only if both its pid and its start are those in the marker, or if it is below such a
 * process, or in the machine's cgroup. What has no marker stays, unless its name is of a directory
 * that the dead host was making or removing.
 *
 * @throws Error naming a process that cannot be ended, or a directory that cannot be removed.
 */
export async function clearLeftovers(root: string): Promise<Leftover[]> {
  const cleared: Leftover[] = [];
  for await (const entry of Deno.readDir(root)) {
    if (!entry.isDirectory) continue;
    const directory = `${root}/${entry.name}`;
    if (isAbandoned(entry.name)) {
      await gone(Deno.remove(directory, { recursive: true }));
      cleared.push({ directory, killed: [] });
      continue;
    }
    const marker = await readMarker(directory);
    if (marker === null || hostLives(marker)) continue;
    const killed = marker.boot === bootId() ? await killAll(marker.processes) : [];
    if (marker.cgroup !== undefined) await removeCgroup(marker.cgroup);
    await gone(removeMarked(directory));
    cleared.push({ directory, killed });
  }
  return cleared;
}

/** Another host may clear up, too. */
async function gone(removed: Promise<void>): Promise<void> {
  await removed.catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

async function killAll(processes: readonly ProcessIdentity[]): Promise<ProcessIdentity[]> {
  const family = processes.filter(isAlive).flatMap((one) => [one, ...descendants(one.pid)]);
  for (const one of family) signal(one, "SIGKILL");
  const left = await untilGone(family, GONE_MS);
  if (left.length === 0) return family;
  throw new Error(`Cannot end what a dead host left: ${left.map(({ pid }) => pid).join(", ")}`);
}
