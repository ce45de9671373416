// Connects to an agent that is still starting.

import { type Client, connect } from "../../controller/client.ts";

/** Time between two tries. */
const WAIT_MS = 25;
/** How long one try may take: a guest may take the connection and then be stopped. */
const TRY_MS = 5000;

/**
 * Returns a client as soon as the agent says `ready`.
 *
 * @throws the last try's error once `over` is aborted.
 */
export async function reach(target: string, over: AbortSignal): Promise<Client> {
  for (;;) {
    try {
      return await connect(target, { timeoutMs: TRY_MS });
    } catch (error) {
      if (over.aborted) throw error;
      await pause(WAIT_MS, over);
    }
  }
}

/** Waits, but not beyond `over`. */
export function pause(ms: number, over?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      over?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    over?.addEventListener("abort", done);
    if (over?.aborted) done();
  });
}
