// Tries something again for as long as only the server stands in its way.

import { FleetError } from "./fleet_error.ts";

const FIRST_MS = 100;
const LONGEST_MS = 5000;

/** Resolves after `ms`, or when the signal is aborted. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      resolve();
    };
    const timer = setTimeout(stop, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop);
  });
}

/**
 * Calls until it succeeds, less and less often. What is wrong by itself is thrown at once, and
 * anything when the signal is aborted.
 */
export async function persist<Value>(
  signal: AbortSignal,
  act: () => Promise<Value>,
  onFailure: (error: FleetError) => void = () => {},
): Promise<Value> {
  for (let ms = FIRST_MS;; ms = Math.min(LONGEST_MS, ms * 2)) {
    try {
      return await act();
    } catch (error) {
      const hopeless = !(error instanceof FleetError) || error.kind === "malformed";
      if (hopeless || signal.aborted) throw error;
      onFailure(error);
      await pause(ms, signal);
    }
  }
}

/** For `persist`: only a server that is away is waited for. */
export function unlessAway(error: FleetError): void {
  if (error.kind !== "unreachable") throw error;
}
