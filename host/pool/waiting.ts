// Those who wait for a machine, with their deadlines and their ways out of the line.

import type { Clock } from "./clock.ts";
import { PoolError } from "./pool_error.ts";
import { FairQueue, type Place, type QueueLimits, type Ticket } from "./queue.ts";

/** How to wait. */
export interface WaitOptions extends Place {
  /** The longest time in the line, in milliseconds. */
  readonly deadlineMs?: number;
  /** Aborting it leaves the line. */
  readonly signal?: AbortSignal;
}

/** Somebody in the line. */
class Waiter<Machine> {
  machine = Promise.withResolvers<Machine>();
  /** Stops the timer and the listening. */
  settle = () => {};

  constructor(readonly options: WaitOptions, readonly since: number) {}
}

/** A place in the line, to be waited at again. */
export type Turn<Machine> = Ticket<Waiter<Machine>>;

/** The line. */
export class Waiting<Machine> {
  readonly #queue: FairQueue<Waiter<Machine>>;

  constructor(limits: QueueLimits, readonly clock: Clock) {
    this.#queue = new FairQueue(limits);
  }

  get size(): number {
    return this.#queue.size;
  }

  /** @throws PoolError "full", "cancelled" */
  join(options: WaitOptions): Turn<Machine> {
    if (options.signal?.aborted) throw cancelled(options.signal);
    const turn = this.#queue.add(new Waiter<Machine>(options, this.clock.now()), options);
    if (turn === null) {
      const { size, limits } = this.#queue;
      const whose = size < limits.waiting ? `of "${options.tenant ?? ""}" ` : "";
      const many = size < limits.waiting ? this.#queue.sizeOf(options.tenant) : size;
      throw new PoolError("full", `Cannot wait for a machine: ${many} ${whose}wait already`);
    }
    this.#watch(turn);
    return turn;
  }

  /** Waits once more, as the next of all with its priority; its deadline stays. */
  rejoin(turn: Turn<Machine>): void {
    turn.item.machine = Promise.withResolvers();
    this.#queue.putBack(turn);
    this.#watch(turn);
  }

  /** Gives a machine to who is next. There must be somebody. */
  serve(machine: Machine): void {
    const { item } = this.#queue.take()!;
    item.settle();
    item.machine.resolve(machine);
  }

  /** Sends everybody away. */
  refuseAll(why: () => PoolError): void {
    for (let turn = this.#queue.take(); turn !== undefined; turn = this.#queue.take()) {
      turn.item.settle();
      turn.item.machine.reject(why());
    }
  }

  #watch(turn: Turn<Machine>): void {
    const { options: { deadlineMs, signal }, since, machine } = turn.item;
    machine.promise.catch(() => {}); // it may be refused before anybody looks
    const leave = (error: PoolError) => {
      if (!this.#queue.remove(turn)) return;
      turn.item.settle();
      machine.reject(error);
    };
    const cancel = () => leave(cancelled(signal!));
    const late = () => leave(new PoolError("deadline", `No machine was free for ${deadlineMs} ms`));
    const left = deadlineMs === undefined ? Infinity : since + deadlineMs - this.clock.now();
    const stop = left === Infinity ? () => {} : this.clock.after(Math.max(0, left), late);
    signal?.addEventListener("abort", cancel);
    turn.item.settle = () => {
      stop();
      signal?.removeEventListener("abort", cancel);
    };
  }
}

/** What who gave up gets. */
export function cancelled(signal: AbortSignal): PoolError {
  const options = { cause: signal.reason };
  return new PoolError("cancelled", "It was cancelled before it had a machine", "no", options);
}
