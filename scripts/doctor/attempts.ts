// Tries on the running kernel what a start would do: config files may be missing, and settings can
// forbid features that are built.
//
// Nothing here leaves a trace: unshare(1) makes namespaces and mounts in child processes that end
// at once.

import { findProgram } from "../tools/command.ts";
import type { Attempts } from "./judge.ts";

/**
 * Makes every attempt for which this machine has the tools. null means success, a text the reason
 * for the failure.
 */
export async function makeAttempts(): Promise<Attempts> {
  const results = new Map<string, string | null>();
  const namespaces: [string, string[]][] = [
    ["user namespace", ["--user", "--map-root-user"]],
    ["pid namespace", ["--user", "--map-root-user", "--pid", "--fork"]],
    ["network namespace", ["--user", "--map-root-user", "--net"]],
    ["ipc namespace", ["--user", "--map-root-user", "--ipc"]],
    ["uts namespace", ["--user", "--map-root-user", "--uts"]],
  ];
  const unshare = findProgram("unshare");
  for (const [name, options] of namespaces) {
    if (unshare !== null) results.set(name, await tryCommand(unshare, [...options, "true"]));
  }
  if (unshare !== null) {
    const mount = ["--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "x", "/tmp"];
    results.set("tmpfs", await tryCommand(unshare, mount));
  }
  if (unshare !== null) {
    const proc = ["mount", "-t", "proc", "-o", "subset=pid,hidepid=invisible", "x", "/proc"];
    const within = ["--user", "--map-root-user", "--pid", "--fork", "--mount", ...proc];
    results.set("subset of /proc", await tryCommand(unshare, within));
  }
  results.set("proc", await tryRead("/proc/self/status", () => true));
  const actions = "/proc/sys/kernel/seccomp/actions_avail";
  results.set("seccomp listener", await tryRead(actions, (text) => text.includes("user_notif")));
  const lsm = "/sys/kernel/security/lsm";
  if (await Deno.stat(lsm).then(() => true, () => false)) {
    results.set("landlock", await tryRead(lsm, (text) => text.includes("landlock")));
  }
  await tryControllers(results);
  return results;
}

async function tryControllers(results: Map<string, string | null>): Promise<void> {
  const mounts = await Deno.readTextFile("/proc/self/mounts").catch(() => "");
  const place = mounts.match(/^\S+ (\S+) cgroup2 /m)?.[1];
  if (place === undefined) {
    results.set("cgroup2", "no cgroup2 file system is mounted");
    return;
  }
  results.set("cgroup2", null);
  const there = await Deno.readTextFile(`${place}/cgroup.controllers`).catch(() => "");
  for (const name of ["memory", "pids", "cpu"]) {
    const has = there.split(/\s+/).includes(name);
    results.set(
      `cgroup ${name}`,
      has ? null : `the controller is not in ${place}/cgroup.controllers`,
    );
  }
}

async function tryCommand(program: string, args: string[]): Promise<string | null> {
  const output = await new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    env: { LC_ALL: "C" },
    signal: AbortSignal.timeout(5000),
  }).output();
  return output.success ? null : new TextDecoder().decode(output.stderr).trim().split("\n")[0];
}

async function tryRead(path: string, good: (text: string) => boolean): Promise<string | null> {
  try {
    return good(await Deno.readTextFile(path)) ? null : `"${path}" does not name it`;
  } catch {
    return `no "${path}"`;
  }
}
