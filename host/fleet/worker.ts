// A worker: takes jobs from the fleet's queue for as many machines as its pool has free.
//
// It asks for a job only when a machine waits for one, and for no more jobs than machines wait. So a
// host that is busy, or cannot start machines, takes nothing, and the jobs go to another.

import type { Delivered } from "./delivered.ts";
import { Delivery, type DeliveryContext } from "./delivery.ts";
import type { Heartbeats } from "./heartbeats.ts";
import { Lanes } from "./lanes.ts";
import { keyOf } from "./names.ts";
import { pause } from "./persist.ts";
import { usualSettings } from "./settings.ts";
import { sweep } from "./sweep.ts";
import type { WorkerEvent } from "./worker_events.ts";
import type { WorkerOptions } from "./worker_options.ts";

/** The version that workers tell. */
const VERSION = "0.1.0";

/** A worker. Made by `startWorker` of start_worker.ts. */
export class Worker {
  readonly #deliveries = new Map<string, Delivery>();
  readonly #ended: Record<string, number> = {};
  readonly #stopping = new AbortController();
  readonly #startedAt = Date.now();
  /** Jobs that came and have no machine yet. */
  #unplaced = 0;
  #wake = () => {};
  #placed = () => {};
  #lookedAt = -Infinity;
  #loops: Promise<unknown> = Promise.resolve();

  constructor(
    readonly name: string,
    readonly options: WorkerOptions,
    readonly context: Omit<DeliveryContext, "worker" | "closing" | "tell">,
    readonly heartbeats: Heartbeats,
  ) {}

  /** How many jobs it has in its hands. */
  get jobs(): number {
    return this.#deliveries.size;
  }

  /** Begins to take jobs. */
  async start(): Promise<void> {
    const { class: className = "default", settings } = this.options;
    const { ackWaitMs } = { ...usualSettings, ...settings };
    const { nc } = this.context;
    const lanes = await Lanes.open(
      nc,
      className,
      ackWaitMs,
      (delivered) => void this.#take(delivered),
      () => this.#wake(),
    );
    nc.subscribe("sallyport.cancel.*.*", {
      callback: (error, message) => {
        const [, , tenant, id] = message.subject.split(".");
        const delivery = error === null ? this.#deliveries.get(keyOf({ tenant, id })) : undefined;
        if (delivery === undefined) return;
        delivery.cancel();
        message.respond("stopping");
      },
    });
    this.#loops = Promise.all([
      this.#work(lanes),
      this.#beat(className),
      this.#sweep(className),
    ]);
  }

  /**
   * Takes no more jobs, and waits for those in its hands. What still runs after `graceMs` is given
   * back, and delivered to another. The pool must still be closed.
   */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await this.#loops;
    const until = performance.now() + graceMs;
    while (this.jobs > 0 && performance.now() < until) await pause(20);
    this.#closing.abort();
    await this.heartbeats.leave(this.name).catch(() => {}); // it is forgotten by itself
  }

  readonly #closing = new AbortController();

  async #work(lanes: Lanes): Promise<void> {
    const { pool } = this.context;
    const { lookMs = 1000 } = this.options;
    const { signal } = this.#stopping;
    const stopped = new Promise<void>((resolve) =>
      signal.addEventListener("abort", () => resolve())
    );
    while (!signal.aborted) {
      if (this.#room() <= 0) {
        const placed = new Promise<void>((resolve) => this.#placed = resolve);
        // A job that came just now takes one of those that are ready.
        await Promise.race([this.#unplaced > 0 ? placed : pool.ready(), stopped]);
        continue;
      }
      const woken = new Promise<void>((resolve) => this.#wake = resolve);
      try {
        if (performance.now() - this.#lookedAt >= lookMs) { // no clock that can be set
          await lanes.look();
          this.#lookedAt = performance.now();
        }
        if (await lanes.pull(this.#room()) > 0) continue;
      } catch (error) {
        this.#tell({ type: "trouble", what: "ask for jobs", why: (error as Error).message });
      }
      await Promise.race([woken, pause(lookMs, signal)]);
    }
    lanes.close();
  }

  #room(): number {
    const { machines } = this.context.pool.status();
    return machines.filter(({ state }) => state === "idle").length - this.#unplaced;
  }

  async #take(delivered: Delivered): Promise<void> {
    this.#unplaced++;
    let placed = false;
    const delivery = new Delivery(
      {
        ...this.context,
        worker: this.name,
        closing: this.#closing.signal,
        tell: (event) => this.#tell(event),
      },
      delivered,
      () => {
        if (!placed) this.#unplaced--;
        placed = true;
        this.#placed();
      },
    );
    const key = keyOf(delivery.job);
    // One that comes again while it is here: the server did not hear "working" in time.
    if (this.#deliveries.has(key)) return this.#twice(delivery);
    this.#deliveries.set(key, delivery);
    await delivery.go();
    this.#deliveries.delete(key);
  }

  /** The one that runs will store its outcome; this one is then found to be done. */
  #twice({ delivered, placed }: Delivery): void {
    placed();
    delivered.nak(delivered.ackWaitMs);
  }

  async #beat(className: string): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const { machines } = this.context.pool.status();
      const beat = {
        name: this.name,
        host: Deno.hostname(),
        class: className,
        version: VERSION,
        size: machines.length,
        idle: machines.filter(({ state }) => state === "idle").length,
        jobs: this.jobs,
        ended: { ...this.#ended },
        startedAt: this.#startedAt,
        at: Date.now(),
      };
      await this.heartbeats.beat(beat).catch(() => {}); // the next will be heard
      await pause(this.options.beatMs ?? 5000, signal);
    }
  }

  async #sweep(className: string): Promise<void> {
    const { nc, outcomes } = this.context;
    const { sweepMs = 60_000 } = this.options;
    const { signal } = this.#stopping;
    // Workers that were started together should not all sweep together.
    for (let ms = sweepMs * Math.random();; ms = sweepMs) {
      await pause(ms, signal);
      if (signal.aborted) return;
      await sweep(nc, outcomes, className).catch(() => {}); // the next may
    }
  }

  #tell(event: WorkerEvent): void {
    if (event.type === "ended") this.#ended[event.how] = (this.#ended[event.how] ?? 0) + 1;
    try {
      this.options.onEvent?.(event);
    } catch {
      // An observer's fault must not become a job's.
    }
  }
}
