// How the agent ends: with one structured line on stderr, and nothing else.
//
// Only for what it cannot trust any more. What a client or a job did wrong never comes here. The
// stack is never read: from source the runtime would then open files for a source map, which the
// agent's filter ends.

/** What the agent cannot go on after. */
export class FatalError extends Error {
  override readonly name = "FatalError";
}

/** The line of a fatal error: JSON, so that a log collector can read it. */
export function fatalLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const name = error instanceof Error ? error.name : "Error";
  return JSON.stringify({ level: "fatal", error: name, message });
}
