// One machine of a pool, with what the pool remembers of it.

import type { JobClient, PooledMachine } from "./machine_source.ts";

/**
 * `idle`: it waits for a job. `busy`: it is somebody's. `renewing`: its last job is over and the
 * next connection is being made.
 */
export type MemberState = "booting" | "idle" | "busy" | "renewing" | "ending";

/** The shortest time in which an agent must take a connection. A slow guest's pool allows more. */
const CONNECT_MS = 5000;

/** A machine of the pool. */
export class Member<C extends JobClient> {
  state: MemberState = "booting";
  /** Jobs that it was given; a lease is one. */
  runs = 0;
  /** When its agent was ready, and when it answered last. */
  readyAt = 0;
  heardAt = 0;
  memoryMib: number | null = null;
  /** For signs of life; it also answers while a job runs. */
  pulse: C | undefined;
  /** For the next job, or the present one. Each job has a connection of its own. */
  client: C | undefined;
  /** Resolves when it has ended; set once it is being ended. */
  ending: Promise<unknown> | undefined;

  constructor(readonly name: string, readonly machine: PooledMachine<C>, readonly madeAt: number) {}

  /** Makes both connections. Each may take as long as a sign of life, `answerMs`, or longer. */
  async connect(answerMs: number): Promise<void> {
    const timeoutMs = Math.max(CONNECT_MS, answerMs);
    this.pulse ??= await this.machine.connect({ timeoutMs });
    this.client = await this.machine.connect({ timeoutMs });
  }

  /** Closes the job's connection: what runs on it is cancelled. */
  hangUp(): void {
    this.client?.close().catch(() => {}); // a connection that cannot be closed is closed
    this.client = undefined;
  }

  /** Closes both. */
  leave(): void {
    this.hangUp();
    this.pulse?.close().catch(() => {});
  }
}
