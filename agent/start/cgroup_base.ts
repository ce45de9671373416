// The delegated cgroup: divided once, as root, before anyone can connect.
//
//   BASE               the agent's own cgroup (systemd: Delegate=yes), or /sallyport as PID 1
//     agent            the agent itself
//     launchers        zygote, keepers, runners
//     sandbox-N        one job each, made and removed by the launchers
//
// Only leaves may hold processes once controllers are enabled in BASE, so the agent moves out of
// BASE first. If a step fails, the layer is off for that reason, and all earlier changes are
// undone. A tree without the controllers is never changed.

import { O_CLOEXEC, O_DIRECTORY, O_RDONLY, O_WRONLY } from "../../linux/constants.ts";
import { E, SysError } from "../../linux/errno.ts";
import { closeFd, openFd } from "../../linux/fd.ts";
import {
  chown,
  listDirectory,
  lstat,
  makeDirectory,
  readFile,
  removeDirectory,
  writeFile,
} from "../../linux/file.ts";
import { leafPrefix, neededFiles } from "../../sandbox/cgroup_program.ts";
import { missingControllers } from "../../linux/cgroup_files.ts";
import { type CgroupPlace, findCgroup } from "../../linux/cgroup_path.ts";

/** Controllers that limit jobs. If one is missing, the layer is off. */
const CONTROLLERS = ["memory", "pids", "cpu"];

/** The group that PID 1 makes below the root, and its children. */
const PID_1_GROUP = "sallyport";
const AGENT = "agent";
const LAUNCHERS = "launchers";

/** The outcome of the division. */
export interface CgroupBase {
  /** Descriptor of its directory, for the zygote; undefined if the layer is off. */
  readonly directory?: number;
  /** Its path in the hierarchy if the layer is on, else why it is off. */
  readonly why: string;
  /**
   * Moves the agent out of the launchers' group, where the zygote was started, and closes the
   * directory.
   */
  readonly settle: () => void;
}

/**
 * Divides the delegated cgroup and moves this process to the group where the zygote will be
 * started.
 *
 * @param pid1 Whether the agent is PID 1 and owns the whole machine.
 * @param owner The launchers' uid and gid outside their namespace, if not the agent's own.
 */
export function divideCgroup(pid1: boolean, owner: number | undefined): CgroupBase {
  try {
    const place = findCgroup(readFile("/proc/self/cgroup"), readFile("/proc/self/mountinfo"));
    if (pid1) return divide(ownBelow(place), place.directory, owner);
    needControllers(place.directory);
    if (place.own === "/") {
      throw new Error("the agent is in the root cgroup: start it in one of its own (Delegate=yes)");
    }
    return divide(place, place.directory, owner);
  } catch (error) {
    return cgroupOff(error instanceof Error ? error.message : String(error));
  }
}

/** The result for a layer that is off. */
export function cgroupOff(why: string): CgroupBase {
  return { why, settle: () => {} };
}

/** PID 1 is in the root group, which must not be divided: the kernel's own threads are there. */
function ownBelow({ own, directory }: CgroupPlace): CgroupPlace {
  needControllers(directory);
  const base = { own: join(own, PID_1_GROUP), directory: join(directory, PID_1_GROUP) };
  makeDirectory(base.directory);
  return base;
}

function divide(base: CgroupPlace, from: string, owner: number | undefined): CgroupBase {
  const { own, directory } = base;
  needControllers(directory);
  const [agent, launchers] = [join(directory, AGENT), join(directory, LAUNCHERS)];
  try {
    removeOldLeaves(directory);
    makeDirectory(agent);
    makeDirectory(launchers);
    moveTo(launchers);
    setControllers(directory, "+");
    needFiles(launchers);
    // Delegation (cgroups(7)): whoever makes leaves must own the directory, and cloning into one
    // needs the common ancestor's cgroup.procs. cgroup.subtree_control stays with root: nobody
    // needs to change it again.
    if (owner !== undefined) {
      for (const path of [directory, join(directory, "cgroup.procs")]) chown(path, owner, owner);
    }
  } catch (error) {
    takeBack(directory, from, [agent, launchers]);
    if (error instanceof SysError && error.errno === E.EBUSY) {
      throw new Error(`other processes are in "${own}": the agent needs a cgroup of its own`);
    }
    throw error;
  }
  const fd = openFd(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const settle = () => {
    moveTo(agent);
    closeFd(fd);
  };
  return { directory: fd, why: own, settle };
}

function needControllers(directory: string): void {
  const missing = missingControllers(
    readFile(join(directory, "cgroup.controllers")),
    CONTROLLERS,
  );
  if (missing.length > 0) {
    throw new Error(`no ${missing.join(", ")} in ${join(directory, "cgroup.controllers")}`);
  }
}

function needFiles(directory: string): void {
  const missing = neededFiles.filter((name) => lstat(join(directory, name)) === null);
  if (missing.length > 0) {
    throw new Error(`this kernel's cgroups have no ${missing.join(", ")} (Linux 5.19 has all)`);
  }
}

/** Removes leaves left by an agent that was killed. */
function removeOldLeaves(directory: string): void {
  for (const name of listDirectory(directory)) {
    if (name.startsWith(leafPrefix)) removeDirectory(join(directory, name));
  }
}

/** Moves this process with all its threads: "0" means the writing process. */
function moveTo(directory: string): void {
  write(join(directory, "cgroup.procs"), "0");
}

/** Enables or disables the controllers for the groups below. */
function setControllers(directory: string, sign: "+" | "-"): void {
  const line = CONTROLLERS.map((name) => sign + name).join(" ");
  write(join(directory, "cgroup.subtree_control"), line);
}

/**
 * Undoes the steps that were done. Errors here are ignored: the caller reports the first failure.
 */
function takeBack(directory: string, from: string, made: readonly string[]): void {
  const steps = [
    () => setControllers(directory, "-"),
    () => moveTo(from),
    ...made.map((path) => () => removeDirectory(path)),
  ];
  for (const step of steps) {
    try {
      step();
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
    }
  }
}

function write(path: string, text: string): void {
  writeFile(path, text, 0, O_WRONLY | O_CLOEXEC);
}

function join(directory: string, name: string): string {
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}
