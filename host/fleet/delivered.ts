// One delivery of a job to this worker, and what a worker can answer to it.
//
// The subject to answer on has the numbers in it: $JS.ACK.[DOMAIN.ACCOUNT.]STREAM.CONSUMER.
// DELIVERIES.SEQUENCE.DELIVERED.TIME.PENDING[.TOKEN] (ADR-15 of NATS).

import type { Msg } from "@nats-io/transport-node";
import { type Lane, laneOf } from "./names.ts";

/** A job as it was delivered. */
export class Delivered {
  private constructor(
    readonly message: Msg,
    readonly lane: Lane,
    /** How many times it has been delivered, this time included. */
    readonly deliveries: number,
    /** Its number in the stream. */
    readonly sequence: number,
    /** From now on, or from the last `working`, until it is given to another. */
    readonly ackWaitMs: number,
  ) {}

  /** Null if the message is no delivery of a job. */
  static of(message: Msg, ackWaitMs: number): Delivered | null {
    const lane = laneOf(message.subject);
    const numbers = message.reply?.startsWith("$JS.ACK.") ? message.reply.split(".") : [];
    if (numbers.length === 9) numbers.splice(2, 0, "_", "");
    if (lane === null || numbers.length < 11) return null;
    return new Delivered(message, lane, Number(numbers[6]), Number(numbers[7]), ackWaitMs);
  }

  get data(): Uint8Array {
    return this.message.data;
  }

  /** It is done with. If this is lost, it comes again, and is then found to be done. */
  ack(): void {
    this.message.respond("+ACK");
  }

  /** Somebody else should try, after a while. */
  nak(delayMs: number): void {
    this.message.respond(`-NAK ${JSON.stringify({ delay: delayMs * 1e6 })}`);
  }

  /** It is being worked on: the time to acknowledge begins again. */
  working(): void {
    this.message.respond("+WPI");
  }
}
