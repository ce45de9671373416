// Faults in a guest that was restored from a snapshot: launchers that waited in the snapshot are
// killed, and so is the guard that sets the clock and adds the seed.

import assert from "node:assert/strict";
import type { Guest } from "../../../image/guest.ts";
import { probe } from "../guest/probe.ts";
import type { Stage } from "../guest/scenario.ts";
import { within } from "../guest/timed.ts";
import { waitingLaunchersDie } from "./fault_scenarios.ts";

/** Ends the launcher that holds /dev/urandom: the guard of restores. */
const killGuard = `
import os, signal
result = 0
for pid in os.listdir("/proc"):
    if not pid.isdigit(): continue
    try:
        if not open("/proc/%s/cmdline" % pid).read().startswith("sallyport-launcher"): continue
        if "/dev/urandom" not in [os.readlink("/proc/%s/fd/%s" % (pid, fd)) for fd in os.listdir("/proc/%s/fd" % pid)]: continue
        os.kill(int(pid), signal.SIGKILL)
        result += 1
    except (FileNotFoundError, ProcessLookupError): pass
`;

/** The restored guest is as any other one: what waits is made anew. Then it loses its guard. */
export async function restoredFaults(guest: Guest, stage: Stage): Promise<void> {
  await waitingLaunchersDie(stage);
  assert.equal(await probe<number>(stage, killGuard), 1, "one guard");
  // The time and the seed could not be set any more, so nothing goes on.
  await within(15_000, "the end of the machine", guest.ended);
  assert.match(guest.console, /"message":"Cannot restore the guest: the guard is gone"/);
}
