// Connects to an agent that is still starting.

import { type Client, connect } from "../controller/client.ts";

/** Time between two tries, and the number of tries. */
const WAIT_MS = 50;
const MAX_TRIES = 300;

/**
 * Returns a client as soon as the agent answers. Throws the last error if the agent has ended, or
 * after 15 s.
 */
export async function untilReady(target: string, ended: () => boolean): Promise<Client> {
  for (let left = MAX_TRIES;; left--) {
    try {
      return await connect(target);
    } catch (error) {
      if (left === 0 || ended()) throw error;
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    }
  }
}
