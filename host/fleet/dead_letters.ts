// Jobs that no worker finished, with the reason. Each is there once, as it was submitted.

import { headers, type NatsConnection } from "@nats-io/transport-node";
import { jetstream, type JetStreamClient } from "@nats-io/jetstream";
import { fleetError } from "./fleet_error.ts";
import { type JobName, streams, subjects } from "./names.ts";

/** A dead letter without its job. */
export interface DeadLetter extends JobName {
  readonly class: string;
  readonly why: string;
  readonly deliveries: number;
  /** When it was put there, in milliseconds since 1970. */
  readonly at: number;
}

const WHY = "Sallyport-Why";
const DELIVERIES = "Sallyport-Deliveries";

/** The stream. */
export class DeadLetters {
  readonly #js: JetStreamClient;

  constructor(nc: NatsConnection) {
    this.#js = jetstream(nc);
  }

  /** Adds one. The stream keeps one message of a subject: a second time changes nothing. */
  async add(
    job: JobName & { readonly class: string },
    why: string,
    deliveries: number,
    data: Uint8Array,
  ): Promise<void> {
    const said = headers();
    said.set(WHY, why.replace(/[\r\n]+/g, " ").slice(0, 1000));
    said.set(DELIVERIES, `${deliveries}`);
    try {
      await this.#js.publish(subjects.dead(job.class, job), data, { headers: said });
    } catch (cause) {
      throw fleetError("Cannot store a dead letter", cause);
    }
  }

  /** The newest of them, newest first. */
  async newest(most: number): Promise<DeadLetter[]> {
    const jsm = await this.#js.jetstreamManager(false);
    const { state } = await jsm.streams.info(streams.dead);
    const found: DeadLetter[] = [];
    for (let seq = state.last_seq; seq >= state.first_seq && found.length < most; seq--) {
      const stored = await jsm.streams.getMessage(streams.dead, { seq }).catch(() => null);
      if (stored === null) continue; // it was replaced, or its time is over
      const [, , className, tenant, id] = stored.subject.split(".");
      const said = stored.header;
      found.push({
        class: className,
        tenant,
        id,
        why: said?.get(WHY) ?? "",
        deliveries: Number(said?.get(DELIVERIES) ?? 0),
        at: stored.time.getTime(),
      });
    }
    return found;
  }
}
