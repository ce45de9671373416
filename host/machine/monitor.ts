// What a monitor must be able to do. There is one file for each; the machine knows only this.

import type { MachineOptions, MonitorName } from "./options.ts";
import type { Place } from "./place.ts";

/** A way to run machines. */
export interface Monitor {
  readonly name: MonitorName;
  /** What every machine of this monitor goes without. */
  lacks(options: MachineOptions): readonly string[];
  /** Why a machine of these options can neither be saved nor restored; null if it can. */
  cannotSave(options: MachineOptions): string | null;
  /** Starts a machine. Resolves when the monitor runs, long before the agent is ready. */
  boot(place: Place): Promise<Running>;
  /** Starts a machine from the snapshot in a directory. Resolves when the guest goes on. */
  restore(place: Place, snapshot: string): Promise<Running>;
}

/** A monitor with its guest. Its methods are called one after another, never two at a time. */
export interface Running {
  /** Where a controller connects. */
  readonly target: string;
  /** What this one goes without, beside what all of its monitor do. */
  readonly lacks?: readonly string[];
  /** Stops the guest's processors. */
  pause(): Promise<void>;
  /** Lets them go on, also after `snapshot`. */
  resume(): Promise<void>;
  /** Saves a guest that is going on into files in the directory `into`, and leaves it stopped. */
  snapshot(into: string): Promise<void>;
  /** Asks the guest to end. Its end is seen elsewhere. */
  shutdown(): Promise<void>;
}
