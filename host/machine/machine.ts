// A machine on which an agent runs: what a host can do with it, whichever monitor runs it.
//
// The rules of its life: it is started once, from an image or a snapshot; it is ready when its agent
// says so; it ends when it is stopped, or when any of its processes ends; and when it has ended,
// nothing of it is left on the host. monitored_machine.ts keeps these rules.

import type { Client, ConnectOptions } from "../../controller/client.ts";
import type { MachineOptions } from "./options.ts";

/** Where a machine is in its life. */
export type MachineState = "new" | "starting" | "ready" | "paused" | "ending" | "ended";

/** How a machine ended. */
export interface MachineEnd {
  /**
   * `stopped`: it ended when asked to. `killed`: it was asked to, and did not in time. `failed`: it
   * never became ready. `died`: nobody asked.
   */
  readonly how: "stopped" | "killed" | "failed" | "died";
  /** The process that ended by itself first, with its status; none where none did. */
  readonly process?: string;
  readonly code?: number;
  readonly signal?: Deno.Signal | null;
  /** The line on the console that says why; null if none does. */
  readonly why: string | null;
  /** Pids that could not be ended: always none, or the host's kernel is in trouble. */
  readonly survivors: readonly number[];
  /** Why its directory or its cgroup could not be removed; null: they are gone. */
  readonly remains: string | null;
}

/** A machine. */
export interface Machine extends AsyncDisposable {
  readonly options: MachineOptions;
  readonly state: MachineState;
  /** Where its agent listens, for `connect` of the controller and for its command line. */
  readonly target: string;
  /**
   * What the machine goes without: "virtual machine", "host cgroup", "host user", "jail", and once
   * it is ready also "KVM", and the agent's layers that are off, by their names.
   */
  readonly lacks: readonly string[];
  /** Resolves when the machine has ended, however that came, and nothing of it is left. */
  readonly ended: Promise<MachineEnd>;
  /** Boots the image. Resolves when the agent is ready. A machine that fails here has ended. */
  start(): Promise<void>;
  /**
   * Starts from a snapshot instead, and gives the guest this host's time and new randomness. The
   * snapshot must stay as it is for as long as the machine lives.
   */
  restore(snapshot: string): Promise<void>;
  /** A new connection to the agent. */
  connect(options?: ConnectOptions): Promise<Client>;
  /** The last 64 KiB of what the machine printed. */
  console(): string;
  /** Stops the guest's time. Connections stay, and answer nothing. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /**
   * Saves the machine into a new directory. Afterwards it is ready or paused, as it was before; its
   * connections are lost.
   */
  snapshot(directory: string): Promise<void>;
  /** Ends the machine: asks it to, and after `graceMs` (5 s when left out) kills it. */
  stop(graceMs?: number): Promise<MachineEnd>;
}
