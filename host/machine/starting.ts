// The start of a machine, from its image or from a snapshot: until its agent has said `ready`, and
// not beyond a deadline.

import type { Client } from "../../controller/client.ts";
import type { ConsoleLog } from "./console_log.ts";
import type { Life } from "./life.ts";
import { MachineError } from "./machine_error.ts";
import type { Running } from "./monitor.ts";
import type { MachineOptions } from "./options.ts";
import { Place } from "./place.ts";
import { reach } from "./reach.ts";
import { startFailure } from "./start_failure.ts";

/** The time within which the agent must be ready, where the options say nothing. */
const READY_MS = 60_000;

/** A machine whose agent is ready. */
export interface Started {
  readonly running: Running;
  /** The agent's layers that are off. */
  readonly layersOff: readonly string[];
}

/** How to start it. */
export interface Start {
  readonly verb: "start" | "restore";
  readonly boot: (place: Place) => Promise<Running>;
}

/** Starts a machine. One that fails has ended. @throws MachineError */
export async function begin(life: Life, options: MachineOptions, start: Start): Promise<Started> {
  if (life.state !== "new") throw life.unfit(start.verb);
  life.state = "starting";
  const { readyMs = READY_MS } = options;
  let late = false;
  const timer = setTimeout(() => {
    late = !life.over.aborted;
    life.giveUp();
  }, readyMs);
  try {
    const started = ready(life, options, start);
    life.booting = started;
    return await started;
  } catch (cause) {
    const stopped = life.isFinishing;
    await life.finish("failed");
    if (stopped) throw life.unfit(start.verb);
    const lateMs = late ? readyMs : null;
    throw startFailure(start.verb, cause, lateMs, await life.ended, life.console.lines());
  } finally {
    clearTimeout(timer);
  }
}

/** Makes the place, boots, and waits for the agent. */
async function ready(
  life: Life,
  options: MachineOptions,
  { verb, boot }: Start,
): Promise<Started> {
  const { over, console } = life;
  const place = life.place = await Place.make(options, console, over);
  if (over.aborted) throw new Error("it has ended");
  void place.died.then(() => life.giveUp());
  over.addEventListener("abort", () => void place.kill());
  const running = await boot(place);
  await using client = await reach(running.target, over);
  if (verb === "restore") await makeNew(client, console);
  const { hardening } = await client.info();
  if (over.aborted) throw new Error("it has ended");
  return { running, layersOff: hardening.filter(({ on }) => !on).map(({ layer }) => layer) };
}

/** Gives a restored guest this host's time and new randomness. */
async function makeNew(client: Client, console: ConsoleLog): Promise<void> {
  try {
    await client.reset({ restored: true });
  } catch (cause) {
    const why = (cause as Error).message;
    throw new MachineError(
      "restore_failed",
      `Cannot restore the machine: its agent cannot make it new: ${why}`,
      console.lines(),
      { cause },
    );
  }
}
