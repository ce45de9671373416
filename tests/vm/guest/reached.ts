// A client of a guest that is about to answer.

import { type Client, connect } from "../../../controller/client.ts";

/** Connects as soon as the guest answers. Gives up after about fifteen seconds, or `limitMs`. */
export async function reached(target: string, limitMs = 15_000): Promise<Client> {
  for (let tries = 0;; tries++) {
    try {
      return await connect(target, { timeoutMs: 3000 });
    } catch (error) {
      if (tries * 250 >= limitMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}
