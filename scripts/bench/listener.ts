// Starts the C peer as a server on a Unix socket and waits until it listens.

import type { Native } from "./native.ts";

/** A listening peer. It ends by itself when its client is gone. */
export interface Listener {
  readonly ended: Promise<Deno.CommandStatus>;
}

/** Starts `echo` or `greet` at `path`. */
export async function startListener(
  native: Native,
  mode: "echo" | "greet",
  path: string,
  more: readonly string[] = [],
): Promise<Listener> {
  const child = new Deno.Command(native.peer, {
    args: [mode, path, ...more],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  if (value === undefined) throw new Error(`Cannot start the C ${mode}: it does not listen`);
  return { ended: child.status };
}
