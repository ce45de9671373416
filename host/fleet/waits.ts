// Those who wait for outcomes. They are told; and if that is lost, they look now and then.

import type { NatsConnection, Subscription } from "@nats-io/transport-node";
import { type JobName, keyOf, subjects } from "./names.ts";
import type { Outcome } from "./outcome.ts";
import type { Outcomes } from "./outcomes.ts";
import { pause, persist, unlessAway } from "./persist.ts";

/** Between two looks at what nobody told: twice as long each time. */
const FIRST_MS = 100;
const LONGEST_MS = 5000;

/** Called with the outcome as a message, or with nothing: then it can be looked for. */
type Told = (bytes: Uint8Array) => void;

/** The waits of one connection. All jobs of a tenant share a subscription. */
export class Waits {
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #waiting = new Map<string, Set<Told>>();

  constructor(readonly nc: NatsConnection, readonly outcomes: Outcomes) {}

  /** Null when the signal is aborted first. */
  async wait(job: JobName, signal: AbortSignal): Promise<Outcome | null> {
    this.#listen(job.tenant);
    for (let ms = FIRST_MS; !signal.aborted; ms = Math.min(LONGEST_MS, ms * 2)) {
      const found = await this.#once(job, ms, signal);
      if (found !== null) return found;
    }
    return null;
  }

  /** Looks, and then listens for a while. */
  async #once(job: JobName, ms: number, signal: AbortSignal): Promise<Outcome | null> {
    const key = keyOf(job);
    const over = new AbortController();
    let bytes: Uint8Array | undefined;
    const told: Told = (said) => {
      if (said.length > 0) bytes = said;
      over.abort();
    };
    const set = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, set.add(told));
    try {
      const outcome = await persist(signal, () => this.outcomes.get(job), unlessAway);
      if (outcome !== null) return outcome;
      await pause(ms, AbortSignal.any([over.signal, signal]));
      return bytes === undefined ? null : await this.outcomes.read(job, bytes);
    } finally {
      set.delete(told);
      if (set.size === 0) this.#waiting.delete(key);
    }
  }

  #listen(tenant: string): void {
    if (this.#subscriptions.has(tenant)) return;
    const subscription = this.nc.subscribe(subjects.done({ tenant, id: "*" }), {
      callback: (error, message) => {
        if (error !== null) return void this.#subscriptions.delete(tenant);
        const [, , , id] = message.subject.split(".");
        for (const told of this.#waiting.get(keyOf({ tenant, id })) ?? []) told(message.data);
      },
    });
    this.#subscriptions.set(tenant, subscription);
  }
}
