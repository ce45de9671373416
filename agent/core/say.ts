// What the agent says to whoever started it, beside its fatal line.

import { FatalError } from "./fatal.ts";

const printers = { error: console.error, output: console.log };

/**
 * Writes a line to standard error, or to standard output.
 *
 * @throws FatalError if it cannot be written: whoever waits for it would wait in vain.
 */
export function say(line: string, to: "error" | "output" = "error"): void {
  try {
    printers[to](line);
  } catch (cause) {
    const { message } = cause as Error;
    throw new FatalError(`Cannot write to standard ${to}: ${message}`, { cause });
  }
}
