// The jobs that wait, from a worker's side: which lanes there are, and pulling from them in turn.
//
// Each lane has a durable consumer of its own, which all workers share. A pull takes what is there
// and does not wait: a pull that waits in every lane would bring more jobs than there is room for,
// and bringing one back counts as a delivery. A worker learns of new jobs by a hint that carries
// nothing, and if that is lost, by looking every second.

import {
  AckPolicy,
  jetstream,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
} from "@nats-io/jetstream";
import type { Msg, Subscription } from "@nats-io/transport-node";
import type { FleetConnection } from "./connection.ts";
import { Delivered } from "./delivered.ts";
import { consumerOf, type Lane, laneOf, streams, subjects } from "./names.ts";
import { Turns } from "./turns.ts";

/** How long a pull may take before the connection is thought to be lost. */
const PULL_MS = 2000;
/** A lane's consumer goes when nobody has asked for so long. The jobs stay. */
const IDLE_MS = 3_600_000;

const nanos = (ms: number) => ms * 1e6;

/** The lanes of one class. */
export class Lanes {
  readonly #turns = new Turns();
  /** The time to acknowledge, of each lane whose consumer is known to be there. */
  readonly #ackWaitMs = new Map<string, number>();
  readonly #inbox: string;
  readonly #subscriptions: Subscription[] = [];
  #onMessage: (message: Msg) => void = () => {};

  private constructor(
    readonly nc: FleetConnection,
    readonly jsm: JetStreamManager,
    readonly className: string,
    readonly usualAckWaitMs: number,
    readonly deliver: (delivered: Delivered) => void,
  ) {
    this.#inbox = `${nc.inboxPrefix}.pull-${crypto.randomUUID()}`;
  }

  /**
   * @param ackWaitMs For consumers that are not there yet.
   * @param deliver Called with each job.
   * @param hinted Called when a lane may have a job.
   */
  static async open(
    nc: FleetConnection,
    className: string,
    ackWaitMs: number,
    deliver: (delivered: Delivered) => void,
    hinted: () => void,
  ): Promise<Lanes> {
    const jsm = await jetstream(nc).jetstreamManager(false);
    const lanes = new Lanes(nc, jsm, className, ackWaitMs, deliver);
    const pulled = nc.subscribe(`${lanes.#inbox}.*`, {
      callback: (error, message) => {
        if (error === null) lanes.#onMessage(message);
      },
    });
    const hints = nc.subscribe(`sallyport.hint.${className}.>`, {
      callback: (error, message) => {
        const lane = error === null ? laneOf(message.subject) : null;
        if (lane === null) return;
        lanes.#turns.add(lane);
        hinted();
      },
    });
    lanes.#subscriptions.push(pulled, hints);
    return lanes;
  }

  /** Looks for lanes that have jobs. Those that a worker has in its hands count too. */
  async look(): Promise<void> {
    const subjects_filter = `sallyport.jobs.${this.className}.>`;
    const { state } = await this.jsm.streams.info(streams.jobs, { subjects_filter });
    for (const subject of Object.keys(state.subjects ?? {})) {
      const lane = laneOf(subject);
      if (lane !== null) this.#turns.add(lane);
    }
  }

  /** Takes up to `room` jobs that are there, in turn, and hands each over. Returns how many. */
  async pull(room: number): Promise<number> {
    let got = 0;
    for (;;) {
      const turn = this.#turns.next(room - got);
      if (turn === undefined) return got;
      // A hint that comes meanwhile puts it back: the job may have come after this pull was answered.
      this.#turns.remove(turn.lane);
      const count = await this.#pullFrom(turn.lane, turn.count);
      if (count === turn.count) this.#turns.add(turn.lane);
      got += count;
    }
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  /** One pull. Messages that come after its time are handed over too. */
  async #pullFrom(lane: Lane, batch: number): Promise<number> {
    const ackWaitMs = await this.#consumer(lane);
    const { promise, resolve } = Promise.withResolvers<void>();
    let got = 0;
    this.#onMessage = (message) => {
      if (message.headers !== undefined && message.headers.code >= 300) {
        const { code, description } = message.headers;
        if (code === 503 || /deleted/i.test(description)) this.#ackWaitMs.delete(consumerOf(lane));
        return resolve();
      }
      const delivered = Delivered.of(message, ackWaitMs);
      if (delivered === null) return;
      this.deliver(delivered);
      if (++got === batch) resolve();
    };
    const late = setTimeout(resolve, PULL_MS);
    const request = JSON.stringify({ batch, no_wait: true });
    const subject = `$JS.API.CONSUMER.MSG.NEXT.${streams.jobs}.${consumerOf(lane)}`;
    this.nc.publish(subject, request, { reply: `${this.#inbox}.1` });
    await promise;
    clearTimeout(late);
    return got;
  }

  /** Sees to it that a lane has its consumer. Returns its time to acknowledge. */
  async #consumer(lane: Lane): Promise<number> {
    const name = consumerOf(lane);
    const known = this.#ackWaitMs.get(name);
    if (known !== undefined) return known;
    const { config } = await this.jsm.consumers.info(streams.jobs, name).catch((error) => {
      const missing = error instanceof JetStreamApiError &&
        error.code === JetStreamApiCodes.ConsumerNotFound;
      if (!missing) throw error;
      return this.jsm.consumers.add(streams.jobs, {
        durable_name: name,
        filter_subject: subjects.jobs(lane),
        ack_policy: AckPolicy.Explicit,
        ack_wait: nanos(this.usualAckWaitMs),
        max_deliver: -1, // workers count: the server would only stop, and tell nobody
        max_ack_pending: -1,
        inactive_threshold: nanos(IDLE_MS),
      });
    });
    const ackWaitMs = (config.ack_wait ?? nanos(this.usualAckWaitMs)) / 1e6;
    this.#ackWaitMs.set(name, ackWaitMs);
    return ackWaitMs;
  }
}
