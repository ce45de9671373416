// Machines in virtual time that fail in every way that a real one can, by chance; and a record of what
// was run on them.

import { ConnectionError, RequestError, type Result } from "../../../controller/client.ts";
import type { VirtualClock } from "../../simulate/virtual_clock.ts";
import { wait } from "../clock.ts";
import type {
  JobClient,
  JobRun,
  MachineOver,
  MachineSource,
  PooledMachine,
} from "../machine_source.ts";

/** How likely what is. Each from 0 to 1. */
export interface Faults {
  readonly bootFails: number;
  readonly bootHangs: number;
  /** In each second of its life. */
  readonly dies: number;
  readonly hangs: number;
  /** For each job: it dies with the request on its way; it dies in the run; it is busy. */
  readonly diesBefore: number;
  readonly diesDuring: number;
  readonly busy: number;
  readonly connectFails: number;
}

/** Machines that never fail. */
export const noFaults: Faults = {
  ...{ bootFails: 0, bootHangs: 0, dies: 0, hangs: 0 },
  ...{ diesBefore: 0, diesDuring: 0, busy: 0, connectFails: 0 },
};

const READY_MS = 5000;

/** The machines, and what happened on them. */
export class FaultyMachines implements MachineSource<JobClient> {
  /** How often each program was begun, by its code. */
  readonly begun = new Map<string, number>();
  /** What each program was given as input, by its code. */
  readonly input = new Map<string, string>();
  /** Snapshots that are there. */
  readonly snapshots = new Set<string>();
  /** Those from which nothing can be restored. */
  readonly spoiled = new Set<string>();
  #saved = 0;
  /** Machines that were started and have not ended. */
  alive = 0;
  mostAlive = 0;

  constructor(
    readonly clock: VirtualClock,
    readonly random: () => number,
    readonly faults: Faults,
  ) {}

  open = () => Promise.resolve();
  snapshotPath = () => {
    const path = `snapshot ${++this.#saved}`;
    this.snapshots.add(path);
    return Promise.resolve(path);
  };
  dropSnapshot = (path: string) => Promise.resolve(void this.snapshots.delete(path));
  memoryMib = () => Promise.resolve(null);
  close = () => Promise.resolve();
  make = () => new FaultyMachine(this);

  happens(fault: keyof Faults): boolean {
    return this.random() < this.faults[fault];
  }

  /** A time of about `ms`. */
  async some(ms: number): Promise<void> {
    await wait(this.clock, ms * 2 * this.random());
  }
}

class FaultyMachine implements PooledMachine<JobClient> {
  readonly ended: Promise<MachineOver>;
  readonly #ended = Promise.withResolvers<MachineOver>();
  /** Rejects when the machine's processes are gone. */
  readonly #gone = Promise.withResolvers<never>();
  #state: "new" | "alive" | "hanging" | "gone" = "new";

  constructor(readonly all: FaultyMachines) {
    this.ended = this.#ended.promise;
    this.#gone.promise.catch(() => {});
  }

  async start(): Promise<void> {
    const { all } = this;
    if (this.#state !== "new") throw new Error("it has ended");
    all.mostAlive = Math.max(all.mostAlive, ++all.alive);
    this.#state = "alive";
    const hangs = all.happens("bootHangs");
    await Promise.race([hangs ? wait(all.clock, READY_MS) : all.some(300), this.#gone.promise]);
    if (hangs || all.happens("bootFails")) {
      await this.#end("failed");
      throw new Error("it does not boot");
    }
    void this.#age();
  }

  async restore(snapshot: string): Promise<void> {
    if (!this.all.snapshots.has(snapshot)) throw new Error("there is no such snapshot");
    if (this.all.spoiled.has(snapshot)) throw new Error("it cannot be made new");
    await this.start();
  }

  snapshot = () => Promise.resolve();

  async connect(): Promise<JobClient> {
    if (this.#state === "gone") throw new ConnectionError("nobody listens");
    await this.#takes(5);
    if (this.all.happens("connectFails")) throw new ConnectionError("it takes nobody");
    let isOpen = true;
    const closed = Promise.withResolvers<never>();
    closed.promise.catch(() => {});
    return {
      ping: async () => {
        await Promise.race([this.#takes(1), closed.promise]);
        return 1;
      },
      close: () => {
        isOpen = false;
        closed.reject(new ConnectionError("Connection was closed"));
        return Promise.resolve();
      },
      run: ({ code }) => this.#run(String(code), () => isOpen, closed.promise),
    };
  }

  async stop(): Promise<void> {
    if (this.#state === "new") {
      this.#state = "gone";
      this.#ended.resolve({ how: "stopped", why: null });
    }
    await this.#end("stopped");
    await this.ended;
  }

  #run(code: string, isOpen: () => boolean, closed: Promise<never>): JobRun {
    const { all } = this;
    const acked = Promise.withResolvers<void>();
    acked.promise.catch(() => {});
    const work = async () => {
      if (all.happens("busy")) throw new RequestError("busy", "is already running something");
      if (all.happens("diesBefore")) {
        if (all.random() < 0.5) this.#begin(code); // the acknowledgement is what is lost
        void this.#end("died");
      }
      await this.#takes(1);
      this.#begin(code);
      acked.resolve();
      if (all.happens("diesDuring")) void this.#end("died");
      await this.#takes(100);
      if (!isOpen()) throw new ConnectionError("Connection was closed");
      return { status: "exited" } as Result;
    };
    const result = Promise.race([work(), closed, this.#gone.promise]);
    result.catch((error) => acked.reject(error));
    return {
      acked: acked.promise,
      result,
      // As the client does it: what is written to a run that is refused is dropped.
      write: (text) =>
        acked.promise.then(
          () => void all.input.set(code, (all.input.get(code) ?? "") + text),
          () => {},
        ),
      closeStdin: () => Promise.resolve(),
      cancel: () => Promise.resolve(),
      async *[Symbol.asyncIterator]() {},
    };
  }

  #begin(code: string): void {
    this.all.begun.set(code, (this.all.begun.get(code) ?? 0) + 1);
  }

  /** Takes about so long; for ever where the machine hangs. */
  async #takes(ms: number): Promise<void> {
    const time = this.#state === "hanging" ? new Promise<never>(() => {}) : this.all.some(ms);
    await Promise.race([time, this.#gone.promise]);
    if (this.#state === "hanging") await this.#gone.promise;
  }

  async #age(): Promise<void> {
    while (this.#state === "alive") {
      await wait(this.all.clock, 1000);
      if (this.#state !== "alive") return;
      if (this.all.happens("dies")) return await this.#end("died");
      if (this.all.happens("hangs")) this.#state = "hanging";
    }
  }

  async #end(how: string): Promise<void> {
    if (this.#state === "gone" || this.#state === "new") return;
    this.#state = "gone";
    this.#gone.reject(new ConnectionError("the machine has ended"));
    await this.all.some(20);
    this.all.alive--;
    this.#ended.resolve({ how, why: null });
  }
}
