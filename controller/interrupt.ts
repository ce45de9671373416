// Ctrl-C: the first one is a request, the second one an order.

/** Exit code after SIGINT, as a shell has it. */
const interrupted = 130;

/**
 * Calls `cancel` at the first SIGINT or SIGTERM and leaves the process at the second one. Until it is disposed.
 */
export function onInterrupt(cancel: () => void): Disposable {
  let seen = false;
  const listener = () => {
    if (seen) Deno.exit(interrupted);
    seen = true;
    cancel();
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, listener);
  return {
    [Symbol.dispose]() {
      for (const signal of signals) Deno.removeSignalListener(signal, listener);
    },
  };
}
