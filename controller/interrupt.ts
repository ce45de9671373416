// Ctrl-C: the first one is a request, the second one an order.

/** Exit code after SIGINT, as a shell has it. */
const interrupted = 130;

/** Time for the agent to end the run: more than any grace period, in milliseconds. */
const patienceMs = 5000;

/**
 * Calls `cancel` at the first SIGINT or SIGTERM. At the second one, or when the run does not end
 * after the first (its agent may be waiting for a program that reads no input), leaves the process:
 * a lost connection cancels too. Until it is disposed.
 */
export function onInterrupt(cancel: () => void): Disposable {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const leave = () => Deno.exit(interrupted);
  const listener = () => {
    if (timer !== undefined) leave();
    timer = setTimeout(leave, patienceMs);
    cancel();
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, listener);
  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
      for (const signal of signals) Deno.removeSignalListener(signal, listener);
    },
  };
}
