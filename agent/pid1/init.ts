// The agent's first duties when it is PID 1 of a guest: the few tasks of an init, and nothing else.
//
// It mounts file systems, enables cgroup controllers, loads kernel modules for vsock, and reads
// options from the kernel command line. It runs as root before anyone can connect, and must never
// depend on anything a client says. A failure that matters ends the machine with a clear message;
// an optional step that fails is listed in the report.

import {
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  O_CLOEXEC,
  O_WRONLY,
  SIGCHLD,
} from "../../linux/constants.ts";
import { lstat, makeDirectory, readFile, symlink, writeFile } from "../../linux/file.ts";
import { ignoreSignal } from "../../linux/process.ts";
import { loadModule } from "../../linux/module.ts";
import { mountOnce, setHostName } from "../../linux/mount.ts";
import { reboot } from "../../linux/reboot.ts";
import type { Launched } from "../../sandbox/launch.ts";
import { type KernelOptions, parseKernelOptions } from "./init_options.ts";
import { endCommand, startPowerGuard } from "./power_guard.ts";
import { startRestoreGuard } from "./restore_guard.ts";

/** Where an image lists the modules to load: one absolute path per line, in order. */
export const moduleListPath = "/usr/lib/sallyport/modules.order";

/** What PID 1 found and did. */
export interface InitReport {
  options: KernelOptions;
  /** cgroup v2 controllers that the agent may delegate ("memory", "pids", "cpu"). */
  controllers: string[];
  /** Names of the modules that were loaded. */
  modules: string[];
  /** Messages of optional steps that failed. */
  lacking: string[];
  /** Milliseconds since the kernel started, at the start and at the end of PID 1's duties. */
  beganMs: number;
  endedMs: number;
  /** The process that can still set the clock and reseed. */
  restoreGuard: Launched;
  /** Ends the machine, after a fatal error or on request. Returns only if that fails. */
  end: () => void;
}

const plain = MS_NOSUID | MS_NODEV | MS_NOEXEC;

/** The guest's file systems, in mounting order: source and type, place, flags, options. */
const mounts: readonly [type: string, place: string, flags: number, options: string | null][] = [
  ["proc", "/proc", plain, null],
  ["sysfs", "/sys", plain, null],
  ["devtmpfs", "/dev", MS_NOSUID, "mode=0755"],
  ["devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "mode=0620"],
  ["tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777,size=16m"],
  ["tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755,size=16m"],
  ["tmpfs", "/tmp", MS_NOSUID | MS_NODEV, "mode=1777,size=64m"],
  ["cgroup2", "/sys/fs/cgroup", plain, null],
];

/** Settings that keep the kernel from revealing or doing more than such a guest needs. */
const settings: readonly [path: string, value: string][] = [
  ["/proc/sys/kernel/dmesg_restrict", "1"],
  ["/proc/sys/kernel/kptr_restrict", "2"],
  ["/proc/sys/kernel/unprivileged_bpf_disabled", "1"],
  ["/proc/sys/kernel/core_pattern", "|/bin/false"],
  ["/proc/sys/fs/suid_dumpable", "0"],
  ["/proc/sys/vm/panic_on_oom", "0"],
];

/**
 * Does PID 1's duties, once, as root. A failure that matters is printed and ends the machine. Call
 * this before anything else when `getpid()` is 1.
 */
export function initAsPid1(): InitReport {
  let end: KernelOptions["end"] = "poweroff";
  try {
    ignoreSignal(SIGCHLD); // orphans become PID 1's children, and must not stay as zombies
    mountAll();
    const beganMs = uptimeMs();
    const options = parseKernelOptions(readFile("/proc/cmdline"));
    end = options.end;
    const lacking: string[] = [];
    attempt(lacking, () => setHostName("sallyport"));
    attempt(lacking, deviceLinks);
    for (const [path, value] of settings) attempt(lacking, () => writeSetting(path, value));
    const modules = loadModules(lacking);
    const controllers = enableControllers(lacking);
    const endMachine = startPowerGuard(end);
    const restoreGuard = startRestoreGuard();
    const endedMs = uptimeMs();
    console.error(`sallyport init: ${beganMs} ms since the kernel started, done at ${endedMs} ms`);
    for (const message of lacking) console.error(`sallyport init: ${message}`);
    return {
      ...{ options, controllers, modules, lacking, beganMs, endedMs, restoreGuard },
      end: endMachine,
    };
  } catch (error) {
    console.error(`sallyport init: ${error instanceof Error ? error.message : error}`);
    reboot(endCommand[end]);
    throw error;
  }
}

function mountAll(): void {
  for (const [type, place, flags, options] of mounts) {
    if (lstat(place) === null) makeDirectory(place);
    mountOnce(type, place, type, flags, options);
  }
}

/** Links that programs expect but devtmpfs does not create. */
function deviceLinks(): void {
  const links: [string, string][] = [
    ["/dev/fd", "/proc/self/fd"],
    ["/dev/stdin", "fd/0"],
    ["/dev/stdout", "fd/1"],
    ["/dev/stderr", "fd/2"],
  ];
  for (const [path, target] of links) if (lstat(path) === null) symlink(target, path);
}

/** Writes an entry of /proc/sys if this kernel has it. */
function writeSetting(path: string, value: string): void {
  if (lstat(path) !== null) writeFile(path, value, 0, O_WRONLY | O_CLOEXEC);
}

function loadModules(lacking: string[]): string[] {
  if (lstat(moduleListPath) === null) return [];
  const loaded: string[] = [];
  for (const path of readFile(moduleListPath).split("\n").filter((line) => line !== "")) {
    attempt(lacking, () => {
      loadModule(path);
      loaded.push(path.slice(path.lastIndexOf("/") + 1).replace(/\.ko$/, ""));
    });
  }
  return loaded;
}

/** Enables these controllers for the groups below the root. Returns the available ones. */
function enableControllers(lacking: string[]): string[] {
  const there = readFile("/sys/fs/cgroup/cgroup.controllers").trim().split(" ");
  const wanted = ["memory", "pids", "cpu"].filter((name) => there.includes(name));
  attempt(lacking, () => {
    const line = wanted.map((name) => `+${name}`).join(" ");
    writeFile("/sys/fs/cgroup/cgroup.subtree_control", line, 0, O_WRONLY | O_CLOEXEC);
  });
  return wanted;
}

function attempt(lacking: string[], step: () => void): void {
  try {
    step();
  } catch (error) {
    lacking.push(error instanceof Error ? error.message : String(error));
  }
}

/** Milliseconds since the kernel started, to the hundredth of a second that /proc/uptime gives. */
export function uptimeMs(): number {
  return Math.round(Number(readFile("/proc/uptime").split(" ", 1)[0]) * 1000);
}
