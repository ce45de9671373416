// Faults in a guest that was restored from a snapshot: launchers that waited in the snapshot are
// killed, and so is the guard that sets the clock and adds the seed.

import assert from "node:assert/strict";
import type { Guest } from "../../../image/guest.ts";
import { killGuard } from "../guest/kill_launchers.ts";
import type { Stage } from "../guest/scenario.ts";
import { within } from "../guest/timed.ts";
import { waitingLaunchersDie } from "./fault_scenarios.ts";

/** The restored guest is as any other one: what waits is made anew. Then it loses its guard. */
export async function restoredFaults(guest: Guest, stage: Stage): Promise<void> {
  await waitingLaunchersDie(stage);
  assert.equal(await killGuard(stage), 1, "one guard");
  // The time and the seed could not be set any more, so nothing goes on.
  await within(15_000, "the end of the machine", guest.ended);
  assert.match(guest.console, /"message":"Cannot restore the guest: the guard is gone"/);
}
