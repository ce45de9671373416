// Machines that take their times from distributions, on a virtual clock.

import type { Result } from "../../controller/client.ts";
import { type Clock, wait } from "../pool/clock.ts";
import type {
  JobClient,
  JobRun,
  MachineOver,
  MachineSource,
  PooledMachine,
} from "../pool/machine_source.ts";
import type { Distribution } from "./distribution.ts";
import { seededRandom } from "./random.ts";

/** How long what takes, in milliseconds. */
export interface Times {
  /** From hand-over to result. */
  readonly run: Distribution;
  /** From the start of a machine until it takes jobs. */
  readonly boot: Distribution;
  /** From a result until the same machine takes the next job. */
  readonly renew: Distribution;
  /** Until a machine that is ended is gone. */
  readonly end: Distribution;
}

/** A source of such machines. Each kind of time has random numbers of its own. */
export function simulatedMachines(
  times: Times,
  clock: Clock,
  seed: number,
): MachineSource<JobClient> {
  const kinds = ["run", "boot", "renew", "end"] as const;
  const randoms = kinds.map((kind, index) => [kind, seededRandom(seed + index)] as const);
  const streams = Object.fromEntries(randoms) as Record<keyof Times, () => number>;
  const pause = (kind: keyof Times) => wait(clock, times[kind].sample(streams[kind]));
  return {
    open: () => Promise.resolve(),
    make: () => new SimulatedMachine(pause),
    snapshotPath: () => Promise.resolve("snapshot"),
    memoryMib: () => Promise.resolve(null),
    close: () => Promise.resolve(),
  };
}

/** A machine. */
class SimulatedMachine implements PooledMachine<JobClient> {
  readonly ended: Promise<MachineOver>;
  readonly #ended = Promise.withResolvers<MachineOver>();
  readonly #stopped = Promise.withResolvers<never>();
  /** Connections so far: the first two are part of the boot. */
  #connections = 0;

  /** @param pause Lets a time of a kind pass. */
  constructor(readonly pause: (kind: keyof Times) => Promise<void>) {
    this.ended = this.#ended.promise;
    this.#stopped.promise.catch(() => {});
  }

  async start(): Promise<void> {
    await this.#take("boot");
  }

  async restore(): Promise<void> {
    await this.#take("boot");
  }

  async snapshot(): Promise<void> {}

  async connect(): Promise<JobClient> {
    if (++this.#connections > 2) await this.#take("renew");
    return {
      run: () => this.#run(),
      ping: () => Promise.resolve(0),
      close: () => Promise.resolve(),
    };
  }

  async stop(): Promise<void> {
    this.#stopped.reject(new Error("the machine has ended"));
    await this.pause("end");
    this.#ended.resolve({ how: "stopped", why: null });
  }

  #run(): JobRun {
    const result = this.#take("run").then(() => finished);
    return {
      acked: Promise.resolve(),
      result,
      write: () => Promise.resolve(),
      closeStdin: () => Promise.resolve(),
      cancel: () => Promise.resolve(),
      async *[Symbol.asyncIterator]() {},
    };
  }

  /** Lets a time pass, unless the machine is ended. */
  async #take(kind: keyof Times): Promise<void> {
    await Promise.race([this.pause(kind), this.#stopped.promise]);
  }
}

/** A pool reads nothing of a result but its status. */
const finished = { status: "exited" } as Result;
