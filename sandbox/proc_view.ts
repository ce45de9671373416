// What a job sees of /proc: its own processes, and of the machine only what programs ask for.
//
// A /proc with "subset=pid" (proc(5), Linux 5.8) finds nothing but processes, except for names that
// are held: the kernel looks at those it knows before it asks the file system. So the keeper holds
// the few names open, and then takes the rest away. That needs no mount for each of them. /proc/sys
// is a mount of our own: see sys_view.ts.

import {
  AT_FDCWD,
  F_DUPFD_CLOEXEC,
  MS_REMOUNT,
  O_CLOEXEC,
  O_NOFOLLOW,
  O_PATH,
} from "../linux/constants.ts";
import { HELD, RULESET } from "./layout.ts";
import type { Program } from "./program.ts";
import { showSettings } from "./sys_view.ts";

/** Names of /proc beside the processes, and who needs each. */
export const procNames: Readonly<Record<string, string>> = {
  cpuinfo: "how many processors, and what they can: Java, numpy, OpenMP",
  filesystems: "which file systems there are: mktemp, df, selinux",
  loadavg: "make -l, os.getloadavg",
  meminfo: "how much memory: sysconf(3), Java, Node, R",
  mounts: "a link into the process's own: df, getmntent(3)",
  net: "a link into the process's own, of the sandbox's network",
  stat: "processors on line and times: sysconf(3), os.cpus, ps",
  uptime: "ps, and clocks of runtimes",
  version: "the kernel's version: uname's words",
};

/** Holds those names and takes away the rest of /proc, which is mounted with `flags`. */
export function procViewSteps(program: Program, flags: number): void {
  const loose = { must: false }; // a kernel may lack one of them
  const open = O_PATH | O_NOFOLLOW | O_CLOEXEC;
  for (const name of Object.keys(procNames)) {
    const path = program.text(`/proc/${name}`);
    program.step(`find /proc/${name}`, "openat", [AT_FDCWD, path, open, 0], loose);
    program.step("hold a name of /proc", "fcntl", [RULESET, F_DUPFD_CLOEXEC, HELD.first], loose);
    program.step("make room", "close", [RULESET], loose);
  }
  showSettings(program);
  const proc = program.text("proc");
  program.step("leave the rest of /proc away", "mount", [
    proc,
    program.text("/proc"),
    proc,
    MS_REMOUNT | flags,
    program.text("subset=pid,hidepid=invisible"),
  ]);
}
