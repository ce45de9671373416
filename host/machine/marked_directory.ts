// A directory with a marker: it is there with the marker or not at all, also when its host is killed
// in between.
//
// It is made, and removed, under a name that says which process does so. That one needs no marker.

import { type Marker, writeMarker } from "./marker.ts";
import { identityOf, isAlive } from "./processes.ts";

/** The name while this process makes or removes it. */
function passing(directory: string): string {
  const { pid, start } = identityOf()!;
  return `${directory}.of-${pid}-${start}`;
}

/** Whether a name is of a directory that a process was making or removing, and that one has ended. */
export function isAbandoned(name: string): boolean {
  const [, pid, start] = /\.of-(\d+)-(\d+)$/.exec(name) ?? [];
  return pid !== undefined && !isAlive({ pid: Number(pid), start: Number(start) });
}

/** Makes a directory where nothing is yet. */
export async function makeMarked(directory: string, mode: number, marker: Marker): Promise<void> {
  if (await Deno.lstat(directory).then(() => true, () => false)) {
    throw new Deno.errors.AlreadyExists("it exists already");
  }
  const made = passing(directory);
  await Deno.mkdir(made, { mode });
  try {
    await writeMarker(made, marker);
    await Deno.rename(made, directory); // fails if another got there first: its marker is in it
  } catch (error) {
    await Deno.remove(made, { recursive: true });
    throw error;
  }
}

/** Removes a directory, if it is there. */
export async function removeMarked(directory: string): Promise<void> {
  const going = passing(directory);
  try {
    await Deno.rename(directory, going);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  await Deno.remove(going, { recursive: true });
}
