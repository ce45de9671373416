// The cgroup v2 tree, where a test may make a cgroup in it.

import { findCgroup } from "../../linux/cgroup_path.ts";
import type { Need } from "../helpers/need.ts";

/** This process's own cgroup, if one can be made below it; else null. */
export const cgroupDirectory: string | null = (() => {
  try {
    const read = Deno.readTextFileSync;
    const { directory } = findCgroup(read("/proc/self/cgroup"), read("/proc/self/mountinfo"));
    const probe = `${directory}/sp-cgroup-probe-${Deno.pid}`;
    Deno.mkdirSync(probe);
    Deno.removeSync(probe);
    return directory;
  } catch {
    return null;
  }
})();

/** Needs it. */
export const cgroupTree: Need = {
  missing: () => cgroupDirectory === null ? "no cgroup v2 in which one can be made" : null,
};
