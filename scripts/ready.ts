// Connects to an agent that is still starting.

import { type Client, connect } from "../controller/client.ts";

/** Time between two tries, and how many there are. */
const WAIT_MS = 50;
const MAX_TRIES = 300;

/**
 * The client of an agent, as soon as that answers. Throws the last error when it has ended, or
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
