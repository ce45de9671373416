// How the agent ends: with one structured line on stderr, and nothing else.
//
// Only for states the agent can no longer trust. Mistakes of a client or a job never get here. The
// stack is never read: when running from source, the runtime would then open files for a source
// map, and the agent's filter kills it for that.

/** An error after which the agent cannot continue. */
export class FatalError extends Error {
  override readonly name = "FatalError";
}

/** The line of a fatal error: JSON, so that a log collector can read it. */
export function fatalLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const name = error instanceof Error ? error.name : "Error";
  return JSON.stringify({ level: "fatal", error: name, message });
}
