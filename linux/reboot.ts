// Ending the machine: what PID 1 of a guest does when it is done.
//
// Never call it outside a guest: as root it takes the whole machine down.

import { check } from "./errno.ts";
import { libc } from "./libc.ts";

/**
 * sync(2), then reboot(2) with LINUX_REBOOT_CMD_POWER_OFF, _RESTART or _HALT. Does not return when
 * it succeeds.
 */
export function reboot(command: number): void {
  libc.sync();
  check(libc.reboot(command | 0), "reboot", "end the machine");
}
