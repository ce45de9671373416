// This host's machines for a pool: each in a directory of its own below one root, with a context id
// of its own; and what dead hosts left there is cleared first.

import type { Client } from "../../controller/client.ts";
import { createMachine } from "../machine/create_machine.ts";
import { clearLeftovers, type Leftover } from "../machine/leftovers.ts";
import { makeMarked, removeMarked } from "../machine/marked_directory.ts";
import { newMarker, readMarker } from "../machine/marker.ts";
import type { MachineOptions } from "../machine/options.ts";
import { familyOf, type ProcessIdentity } from "../machine/processes.ts";
import type { MachineSource } from "./machine_source.ts";
import { residentMib } from "./resident.ts";

/** The options of all machines, without what each has for itself. */
export interface HostMachinesOptions extends Omit<MachineOptions, "directory" | "cid"> {
  /** The directory for all machines, absolute and short; made if it is not there. */
  readonly root: string;
  /** The lowest context id; 3 when left out. With the kernel's vsock no other machine may have it. */
  readonly firstCid?: number;
  /** Told what dead hosts had left. */
  readonly onCleared?: (cleared: readonly Leftover[]) => void;
}

/** This host's machines. */
export interface HostMachines extends MachineSource<Client> {
  /** The processes of a living machine, without those that they made. */
  processes(name: string): Promise<readonly ProcessIdentity[]>;
}

/** Makes machines on this host. Several pools may share a root. */
export function hostMachines(options: HostMachinesOptions): HostMachines {
  const { root, firstCid = 3, onCleared, ...common } = options;
  const own = `${Deno.pid.toString(36)}${crypto.randomUUID().slice(0, 4)}`;
  const cids = new Set<number>();
  /** The snapshots' directories, and the removal of each where it has begun. */
  const saved = new Map<string, Promise<void> | null>();
  let snapshots = 0;
  const drop = (directory: string) => {
    const removed = saved.get(directory) ?? removeMarked(directory);
    saved.set(directory, removed);
    return removed.then(() => void saved.delete(directory), (error) => {
      saved.set(directory, null);
      throw error;
    });
  };
  const directoryOf = (name: string) => `${root}/${own}-${name}`;
  const processes = async (name: string) => (await readMarker(directoryOf(name)))?.processes ?? [];
  return {
    async open() {
      await Deno.mkdir(root, { recursive: true, mode: 0o755 });
      onCleared?.(await clearLeftovers(root));
    },
    make(name) {
      let cid = firstCid;
      while (cids.has(cid)) cid++;
      const machine = createMachine({ ...common, directory: directoryOf(name), cid });
      cids.add(cid);
      void machine.ended.then(() => cids.delete(cid));
      return machine;
    },
    /** Marked like a machine, so that it is cleared when this host has died. */
    async snapshotPath() {
      const directory = directoryOf(`s${snapshots++}`);
      await makeMarked(directory, 0o711, newMarker());
      saved.set(directory, null);
      return `${directory}/snapshot`;
    },
    dropSnapshot: (path) => drop(path.slice(0, -"/snapshot".length)),
    processes,
    async memoryMib(name) {
      const pids = (await processes(name)).map(({ pid }) => pid);
      if (pids.length === 0) return null; // it has just ended
      return residentMib([...pids, ...(await familyOf(pids)).map(({ pid }) => pid)]);
    },
    async close() {
      await Promise.all([...saved.keys()].map(drop));
    },
  };
}
