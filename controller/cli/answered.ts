// A bound for what an agent answers at once, if it answers at all.

import { type Client, ConnectionError } from "../client.ts";

/** A ready agent answers these within milliseconds, also while a job runs. */
const ANSWER_SECONDS = 10;

/**
 * Waits for an answer, but not for ever.
 *
 * @throws {ConnectionError} The agent was ready, and then said nothing.
 */
export async function answered<T>({ agent }: Client, answer: Promise<T>): Promise<T> {
  const silent = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const words = `Agent "${agent}" said that it is ready, and then nothing for ` +
      `${ANSWER_SECONDS} s: it may be stopped, or its machine paused`;
    silent.reject(new ConnectionError(words, { problem: "timeout" }));
  }, 1000 * ANSWER_SECONDS);
  try {
    return await Promise.race([answer, silent.promise]);
  } finally {
    clearTimeout(timer);
  }
}
