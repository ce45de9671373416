// What a pool says of itself: a moment's picture, and counts since it was made.

import type { BootFailures } from "./boots.ts";
import type { PoolEvent } from "./events.ts";
import type { JobClient } from "./machine_source.ts";
import type { Member, MemberState } from "./member.ts";

/** `draining`: what runs may end, and nothing new is taken. */
export type PoolState = "open" | "draining" | "closed";

/** One machine. */
export interface MachineStatus {
  readonly name: string;
  readonly state: MemberState;
  readonly runs: number;
  /** Since it was ready; 0 while it boots. */
  readonly ageMs: number;
  /** Since its last sign of life; 0 while it boots. */
  readonly silentMs: number;
  readonly memoryMib: number | null;
}

/** Counts since the pool was made. */
export interface PoolCounts {
  readonly queued: number;
  readonly began: number;
  readonly ended: number;
  /** Ended without a result, by kind. */
  readonly failed: Readonly<Record<string, number>>;
  readonly boots: number;
  readonly bootsFailed: number;
  readonly died: number;
  readonly recycled: number;
}

/** A pool. */
export interface PoolStatus {
  readonly state: PoolState;
  readonly waiting: number;
  readonly running: number;
  readonly machines: readonly MachineStatus[];
  /** Why machines do not start, and when the next is tried; null if the last one did. */
  readonly boots: BootFailures | null;
  readonly counts: PoolCounts;
}

const failures = new Set([
  ...["full", "deadline", "cancelled", "draining", "closed", "no_machine", "lost", "refused"],
]);

/** Counts events. */
export class EventCounts {
  readonly #counts = {
    queued: 0,
    began: 0,
    ended: 0,
    boots: 0,
    bootsFailed: 0,
    died: 0,
    recycled: 0,
  };
  readonly #failed: Record<string, number> = {};

  count(event: PoolEvent): void {
    switch (event.type) {
      case "booting":
        this.#counts.boots++;
        break;
      case "boot_failed":
        this.#counts.bootsFailed++;
        break;
      case "ended": {
        const { how, began, machine } = event;
        this.#counts.ended++;
        // A status of a run can have the name of a kind; then it began, on a machine.
        const failed = failures.has(how) && !(how === "cancelled" && machine !== null);
        if (failed || began === "perhaps") this.#failed[how] = (this.#failed[how] ?? 0) + 1;
        break;
      }
      case "queued":
      case "began":
      case "died":
      case "recycled":
        this.#counts[event.type]++;
    }
  }

  get all(): PoolCounts {
    return { ...this.#counts, failed: { ...this.#failed } };
  }
}

/** One machine's part of the picture. */
export function machineStatus<C extends JobClient>(member: Member<C>, now: number): MachineStatus {
  const { name, state, runs, readyAt, heardAt, memoryMib } = member;
  const since = (at: number) => at === 0 ? 0 : now - at;
  return { name, state, runs, ageMs: since(readyAt), silentMs: since(heardAt), memoryMib };
}
