// Starts a peer as a server on a Unix socket and waits until it listens.

/** A listening peer. It ends by itself when its client is gone. */
export interface Listener {
  readonly ended: Promise<Deno.CommandStatus>;
}

/** Starts a server that prints a line once it listens. */
export async function startListener([program, ...args]: readonly string[]): Promise<Listener> {
  const child = new Deno.Command(program, { args, stdin: "null", stdout: "piped" }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  if (value === undefined) throw new Error(`Cannot start "${program}": it does not listen`);
  return { ended: child.status };
}
