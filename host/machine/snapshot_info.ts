// The file in a snapshot's directory that says of which machine it is, so that it is restored into no
// other.

import { MachineError } from "./machine_error.ts";
import { isGuestImage, type MachineOptions } from "./options.ts";

/** What a restored machine must have in common with the saved one. */
export interface SnapshotInfo {
  readonly version: 1;
  readonly monitor: string;
  readonly memoryMib: number;
  readonly cpus: number;
  readonly port: number;
  readonly kernel: string;
  readonly initrd: string | null;
  readonly disk: string | null;
}

const NAME = "snapshot.json";

/** What the snapshots of a machine say. */
export function infoOf({ monitor, image, memoryMib, cpus, port = 5000 }: MachineOptions) {
  const { kernel = "", initrd = null, disk = null } = isGuestImage(image) ? image : {};
  return { version: 1, monitor, memoryMib, cpus, port, kernel, initrd, disk } as SnapshotInfo;
}

/** Writes the file. */
export async function writeInfo(directory: string, options: MachineOptions): Promise<void> {
  await Deno.writeTextFile(`${directory}/${NAME}`, JSON.stringify(infoOf(options)) + "\n");
}

/** @throws MachineError "restore_failed" unless a machine of these options can be restored from it. */
export async function checkInfo(directory: string, options: MachineOptions): Promise<void> {
  let found: Record<string, unknown>;
  try {
    found = JSON.parse(await Deno.readTextFile(`${directory}/${NAME}`));
  } catch (cause) {
    const message = `Cannot restore from "${directory}": it is no whole snapshot`;
    throw new MachineError("restore_failed", message, [], { cause });
  }
  for (const [name, wanted] of Object.entries(infoOf(options))) {
    if (found[name] === wanted) continue;
    throw new MachineError(
      "restore_failed",
      `Cannot restore from "${directory}": its "${name}" is ${JSON.stringify(found[name])}, ` +
        `not ${JSON.stringify(wanted)}`,
    );
  }
}

/** Moves a directory; to another file system, by copying. The new one appears whole. */
export async function moveDirectory(from: string, to: string): Promise<void> {
  try {
    return await Deno.rename(from, to);
  } catch (error) {
    if ((error as { code?: string }).code !== "EXDEV") throw error;
  }
  const part = `${to}.part`;
  await Deno.mkdir(part, { mode: 0o700 });
  try {
    for await (const { name } of Deno.readDir(from)) {
      await Deno.copyFile(`${from}/${name}`, `${part}/${name}`);
    }
    await Deno.rename(part, to);
    await Deno.remove(from, { recursive: true });
  } catch (error) {
    await Deno.remove(part, { recursive: true });
    throw error;
  }
}
