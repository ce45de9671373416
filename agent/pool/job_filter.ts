// What of a profile a job is confined with.

import type { Arch } from "../../linux/syscall_numbers.ts";
import type { Profile } from "../../policy/compiled.ts";
import type { JobFilter } from "../../sandbox/arm_program.ts";

/** The filter and the Landlock rights of a profile; without one nothing is allowed. */
export function jobFilter(profile: Profile | undefined, arch: Arch): JobFilter {
  return {
    program: profile?.filter[arch] ?? new Uint8Array(0),
    notify: profile?.defaultAction.kind === "notify",
    rights: { imageOnly: profile?.exec === "image", tcp: profile?.network === "loopback" },
  };
}
