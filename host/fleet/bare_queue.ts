// What NATS itself does with the messages of a queue, for measuring what the fleet adds: the loop that
// any queue on this library must have at least.

import { AckPolicy, jetstream, RetentionPolicy } from "@nats-io/jetstream";
import { type KV, Kvm } from "@nats-io/kv";
import type { FleetConnection } from "./connection.ts";

/** Messages to send through a queue. */
export interface BareMessages {
  readonly count: number;
  readonly body: Uint8Array;
  /** How many of them may be under way at once. */
  readonly underWay: number;
  /** Whether each has a result stored under a key of its own before it is acknowledged. */
  readonly storesResults?: boolean;
}

/**
 * Publishes all to a work queue of its own, consumes and acknowledges each, and removes the queue.
 * Returns how many went through in a second.
 */
export async function throughQueue(nc: FleetConnection, messages: BareMessages): Promise<number> {
  const { count, body, underWay, storesResults = false } = messages;
  const js = jetstream(nc);
  const jsm = await js.jetstreamManager();
  const retention = RetentionPolicy.Workqueue;
  await jsm.streams.add({ name: "bare", subjects: ["bare"], retention });
  await jsm.consumers.add("bare", { durable_name: "bare", ack_policy: AckPolicy.Explicit });
  const results: KV | null = storesResults ? await new Kvm(js).create("bare") : null;
  const consumer = await js.consumers.get("bare", "bare");
  const arriving = await consumer.consume({ max_messages: underWay });
  const consumed = (async () => {
    const ends: Promise<void>[] = [];
    for await (const message of arriving) {
      const stored = results?.create(`${message.seq}`, body);
      ends.push(
        stored === undefined ? Promise.resolve(message.ack()) : stored.then(() => message.ack()),
      );
      if (ends.length === count) break;
    }
    await Promise.all(ends);
  })();
  const began = performance.now();
  await rateOf(count, underWay, (index) => js.publish("bare", body, { msgID: `${index}` }));
  await consumed;
  const rate = count / (performance.now() - began) * 1000;
  await arriving.close();
  await jsm.streams.delete("bare");
  await results?.destroy();
  return rate;
}

/** Calls `act` for each number, with so many under way. Returns how many were done in a second. */
export async function rateOf(
  count: number,
  underWay: number,
  act: (index: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const began = performance.now();
  const lane = async () => {
    while (next < count) await act(next++);
  };
  await Promise.all(Array.from({ length: underWay }, lane));
  return count / (performance.now() - began) * 1000;
}
