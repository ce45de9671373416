// Ctrl-C: the first one cancels the run, the second one ends this process.

/** Exit code after SIGINT, as a shell has it. */
const interrupted = 130;

/** Time for the agent to end the run: more than any grace period, in milliseconds. */
const patienceMs = 5000;

/**
 * Calls `cancel` at the first SIGINT or SIGTERM, until it is disposed. At the second one, or if the
 * run does not end after the first (its agent may be waiting for a program that reads no input), it
 * exits the process. The lost connection then cancels the run.
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
