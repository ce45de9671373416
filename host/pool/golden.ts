// The one snapshot from which all machines of a pool are restored: made once, and made anew when
// machines cannot be restored from it.
//
// It may have been saved in a bad moment, or its files may have been damaged. How often it is made
// anew is bounded by the pauses after boots that fail.

import type { JobClient, MachineSource, PooledMachine } from "./machine_source.ts";

/** Restored machines that fail in a row before the snapshot is made anew. */
const FAILURES = 3;

interface Snapshot {
  readonly path: string;
  /** Machines that live from it: its files must stay for them. */
  users: number;
  isOld: boolean;
}

/** The snapshot of one pool. */
export class Golden<C extends JobClient> {
  #snapshot: Snapshot | null = null;
  #failures = 0;
  #machine: PooledMachine<C> | undefined;

  constructor(readonly source: MachineSource<C>) {}

  /** Whether there is one. */
  get isMade(): boolean {
    return this.#snapshot !== null;
  }

  /** Restores a machine from it. Makes it first, if need be. */
  async restore(machine: PooledMachine<C>): Promise<void> {
    const snapshot = this.#snapshot ??= await this.#save();
    snapshot.users++;
    void machine.ended.then(() => {
      snapshot.users--;
      this.#dropIfUnused(snapshot);
    });
    await machine.restore(snapshot.path);
  }

  /** A machine from it did not become ready, or died before its first job. */
  fails(): void {
    if (this.#snapshot === null || ++this.#failures < FAILURES) return;
    const snapshot = this.#snapshot;
    this.#snapshot = null;
    this.#failures = 0;
    snapshot.isOld = true;
    this.#dropIfUnused(snapshot);
  }

  /** A machine from it has proved itself. */
  succeeds(): void {
    this.#failures = 0;
  }

  /** Ends what is going on for it. */
  async close(): Promise<void> {
    await this.#machine?.stop(0);
  }

  /** Boots one machine and saves it. It is then ended: only machines with a seed of their own run. */
  async #save(): Promise<Snapshot> {
    const path = await this.source.snapshotPath();
    const machine = this.#machine = this.source.make("golden");
    try {
      await machine.start();
      await machine.snapshot(path);
      return { path, users: 0, isOld: false };
    } catch (error) {
      await this.#drop(path);
      throw error;
    } finally {
      await machine.stop(0);
    }
  }

  #dropIfUnused({ isOld, users, path }: Snapshot): void {
    if (isOld && users === 0) void this.#drop(path);
  }

  /** What cannot be removed now is removed when the pool closes. */
  async #drop(path: string): Promise<void> {
    await this.source.dropSnapshot?.(path).catch(() => {});
  }
}
