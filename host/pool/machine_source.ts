// What the pool needs of machines and of the clients connected to them: a part of what `host/machine`
// and `controller` have, so that a simulation can stand in for both.

import type { OutputPiece, Result, RunOptions } from "../../controller/client.ts";

/** A run, as the client library gives it. */
export interface JobRun extends AsyncIterable<OutputPiece> {
  readonly acked: Promise<void>;
  readonly result: Promise<Result>;
  write(input: string | Uint8Array): Promise<void>;
  closeStdin(): Promise<void>;
  cancel(): Promise<void>;
}

/** A connection to a machine's agent. */
export interface JobClient {
  run(options: RunOptions): JobRun;
  ping(): Promise<number>;
  close(): Promise<void>;
}

/** How a machine ended, by itself or not. */
export interface MachineOver {
  readonly how: string;
  /** The process that ended first. */
  readonly process?: string;
  readonly signal?: string | null;
  readonly code?: number;
  /** The line on the console that says why. */
  readonly why: string | null;
}

/** A machine. `Machine` of host/machine is one. */
export interface PooledMachine<C extends JobClient> {
  /** Resolves when it has ended and nothing of it is left. */
  readonly ended: Promise<MachineOver>;
  start(): Promise<void>;
  /** Starts from a snapshot, with fresh time and seed; rejects if the guest could not be made new. */
  restore(snapshot: string): Promise<void>;
  snapshot(directory: string): Promise<void>;
  /** Rejects where the agent is not ready on the connection in time. */
  connect(options?: { readonly timeoutMs?: number }): Promise<C>;
  stop(graceMs: number): Promise<unknown>;
}

/** Where a pool's machines come from. */
export interface MachineSource<C extends JobClient> {
  /** Called once, before the first machine: clears what dead hosts left. */
  open(): Promise<void>;
  /** A machine that is not started. No two that live have the same name. */
  make(name: string): PooledMachine<C>;
  /** Where a snapshot for all machines can be put: nothing is there yet. */
  snapshotPath(): Promise<string>;
  /** Removes a snapshot, or what was made of it. No machine lives from it. */
  dropSnapshot?(path: string): Promise<void>;
  /** What a living machine uses of this host's memory, in MiB; null if nobody can tell. */
  memoryMib(name: string): Promise<number | null>;
  /** Called once, after the last machine has ended. */
  close(): Promise<void>;
}

/** The end of a machine in a person's words. */
export function toldEnd({ process, signal, code, why }: MachineOver): string {
  const how = signal ? `by ${signal}` : `with code ${code ?? "unknown"}`;
  return why ?? (process === undefined ? "it ended" : `${process} ended ${how}`);
}
