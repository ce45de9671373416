// Ctrl-C: the first one cancels the run, the second one ends this process.

/** Exit codes after a signal, as a shell has them. */
const codes = { SIGINT: 130, SIGTERM: 143 };

/** Listens for signals until it is disposed. */
export interface Interrupt extends Disposable {
  /** The exit code of the signal that came first; undefined if none did. */
  readonly code: number | undefined;
}

/** Time for the agent to end the run: more than any grace period, in milliseconds. */
const patienceMs = 5000;

/**
 * Calls `cancel` at the first SIGINT or SIGTERM, until it is disposed. At the second one, or if the
 * run does not end after the first (its agent may be waiting for a program that reads no input), it
 * exits the process. The lost connection then cancels the run.
 */
export function onInterrupt(cancel: () => void): Interrupt {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let first: keyof typeof codes | undefined;
  const heard = (signal: keyof typeof codes) => () => {
    const leave = () => Deno.exit(codes[signal]);
    if (first !== undefined) leave();
    first = signal;
    timer = setTimeout(leave, patienceMs);
    cancel();
  };
  const listeners = (Object.keys(codes) as (keyof typeof codes)[])
    .map((signal) => [signal, heard(signal)] as const);
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  return {
    get code() {
      return first === undefined ? undefined : codes[first];
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
    },
  };
}
