// Sends a signal to a child process that may have ended in between.

/** Does nothing where it has ended: the runtime then throws a TypeError. */
export function signalChild(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}
