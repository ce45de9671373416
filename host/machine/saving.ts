// Saves a machine into a directory that appears whole or not at all, and lets it go on.

import { MachineError } from "./machine_error.ts";
import type { Running } from "./monitor.ts";
import type { Place } from "./place.ts";
import { reach } from "./reach.ts";
import { moveDirectory, writeInfo } from "./snapshot_info.ts";

/** The time within which a saved machine must answer again. */
const AGAIN_MS = 30_000;

/**
 * Saves a machine. Afterwards it is paused if it was.
 *
 * @throws MachineError "directory" where something is there already.
 */
export async function save(
  running: Running,
  place: Place,
  directory: string,
  wasPaused: boolean,
): Promise<void> {
  if (await Deno.lstat(directory).then(() => true, () => false)) {
    throw new MachineError("directory", `Cannot save to "${directory}": it is there already`);
  }
  if (wasPaused) await running.resume();
  const into = `${place.root}/snapshot`;
  await place.makeDirectory(into);
  try {
    await running.snapshot(into);
    await writeInfo(into, place.options);
    await moveDirectory(into, directory);
  } catch (error) {
    await Deno.remove(into, { recursive: true }).catch(() => {});
    await running.resume().catch(() => {}); // it may not have stopped; the first error counts
    throw error;
  }
  await running.resume();
  const signal = AbortSignal.any([place.over, AbortSignal.timeout(AGAIN_MS)]);
  await (await reach(running.target, signal)).close();
  if (wasPaused) await running.pause();
}
