// A cgroup v2 of its own for one machine, below a directory that was delegated to this host.
//
// It limits the whole machine, guest and monitor, and ends all of it at once. Where nothing was
// delegated there is none, and the machine says so (`lacks`).

import { findCgroup } from "../../linux/cgroup_path.ts";

/** The controllers without which a cgroup limits nothing. */
const controllers = ["memory", "pids", "cpu"] as const;

/** Memory of a monitor beside its guest's, in MiB: QEMU's code, its caches, and under emulation 128 MiB of translations. */
const MONITOR_MIB = 256;
/** Processes and threads of one machine. A jobs' guest has its own limits inside. */
const TASKS = 1024;

/** What a machine may use. */
export interface CgroupLimits {
  readonly memoryMib: number;
  readonly cpus: number;
}

/**
 * Makes the cgroup `name` below `parent` and sets those limits for which `parent` passes a controller
 * down. Returns its directory.
 */
export async function makeCgroup(
  parent: string,
  name: string,
  { memoryMib, cpus }: CgroupLimits,
): Promise<string> {
  const directory = `${parent}/${name}`;
  await Deno.mkdir(directory);
  try {
    await set(`${directory}/memory.max`, String((memoryMib + MONITOR_MIB) * 1024 * 1024));
    await set(`${directory}/memory.swap.max`, "0");
    await set(`${directory}/pids.max`, String(TASKS));
    await set(`${directory}/cpu.max`, `${cpus * 100_000} 100000`);
    return directory;
  } catch (error) {
    await Deno.remove(directory);
    throw error;
  }
}

/** Moves a process into a cgroup. */
export async function enterCgroup(directory: string, pid: number): Promise<void> {
  await Deno.writeTextFile(`${directory}/cgroup.procs`, String(pid), { create: false });
}

/** Ends everything in a cgroup and removes it, with the cgroups that were made below it. */
export async function removeCgroup(directory: string): Promise<void> {
  await set(`${directory}/cgroup.kill`, "1");
  for (let tries = 0;; tries++) {
    try {
      return await removeTree(directory);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      if (tries === 200) throw error; // EBUSY for as long as a process is still ending
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

async function removeTree(directory: string): Promise<void> {
  for await (const entry of Deno.readDir(directory)) {
    if (entry.isDirectory) await removeTree(`${directory}/${entry.name}`);
  }
  await Deno.remove(directory);
}

/** Writes a file of a cgroup, if there is one: a controller may be missing. */
async function set(path: string, value: string): Promise<void> {
  await Deno.writeTextFile(path, value, { create: false }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

/** A directory below which machines can have cgroups, or why there is none. */
export type Delegated = { readonly directory: string } | { readonly why: string };

/** Looks for a cgroup that was delegated to this process (systemd: `Delegate=`). Changes nothing. */
export function delegatedCgroup(
  selfCgroup = Deno.readTextFileSync("/proc/self/cgroup"),
  mountInfo = Deno.readTextFileSync("/proc/self/mountinfo"),
): Delegated {
  try {
    const { own, directory } = findCgroup(selfCgroup, mountInfo);
    if (own === "/") return { why: "this process is in the root cgroup" };
    const there = Deno.readTextFileSync(`${directory}/cgroup.controllers`).trim().split(" ");
    const missing = controllers.filter((name) => !there.includes(name));
    if (missing.length > 0) return { why: `no ${missing.join(", ")} in "${directory}"` };
    Deno.openSync(`${directory}/cgroup.subtree_control`, { write: true }).close();
    return { directory };
  } catch (error) {
    return { why: (error as Error).message };
  }
}

/**
 * Readies a delegated cgroup for machines. A cgroup with processes cannot pass controllers down
 * (cgroups(7), "no internal processes"), so this process moves into a cgroup below first. No other
 * process may be in it.
 */
export async function openCgroup(directory: string): Promise<void> {
  const own = `${directory}/host`;
  await Deno.mkdir(own).catch((error) => {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  });
  await enterCgroup(own, Deno.pid);
  const all = controllers.map((name) => `+${name}`).join(" ");
  await Deno.writeTextFile(`${directory}/cgroup.subtree_control`, all, { create: false });
}
