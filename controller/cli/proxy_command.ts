// `sallyport proxy`: joins connections on a Unix socket to a target, byte for byte.
//
// For clients that cannot reach the target themselves: Node has no AF_VSOCK, and few languages know
// Firecracker's handshake.

import { parseTarget, type Target } from "../client.ts";
import { openTransport, type Transport, writeAll } from "../transport.ts";
import { say } from "./terminal.ts";

/** Most bytes of one read. */
const PIECE = 64 * 1024;

/** Serves until SIGINT or SIGTERM. Returns the exit code. */
export async function proxyCommand(target: string, listen: string | undefined): Promise<number> {
  if (listen === undefined || !listen.startsWith("unix:") || listen === "unix:") {
    throw new TypeError('Cannot listen: say where with "--listen unix:PATH"');
  }
  const parsed = parseTarget(target);
  const path = listen.slice("unix:".length);
  const listener = open(path);
  const stop = Promise.withResolvers<number>();
  const onInt = () => stop.resolve(130);
  const onTerm = () => stop.resolve(0);
  Deno.addSignalListener("SIGINT", onInt);
  Deno.addSignalListener("SIGTERM", onTerm);
  say(`sallyport: listening on ${listen} for ${target}\n`);
  void accept(listener, parsed);
  try {
    return await stop.promise;
  } finally {
    listener.close();
    await Deno.remove(path).catch(() => {}); // the runtime may have removed it
    Deno.removeSignalListener("SIGINT", onInt);
    Deno.removeSignalListener("SIGTERM", onTerm);
  }
}

function open(path: string): Deno.Listener<Deno.UnixConn> {
  try {
    return Deno.listen({ transport: "unix", path });
  } catch (error) {
    const why = error instanceof Deno.errors.AddrInUse
      ? "something is there already; remove it if nobody listens on it"
      : (error as Error).message;
    throw new TypeError(`Cannot listen on "${path}": ${why}`);
  }
}

async function accept(listener: Deno.Listener<Deno.UnixConn>, target: Target): Promise<void> {
  try {
    for await (const near of listener) {
      join(near, target).catch((error) => say(`sallyport: ${(error as Error).message}\n`));
    }
  } catch {
    // The listener was closed.
  }
}

async function join(near: Transport, target: Target): Promise<void> {
  let far: Transport;
  try {
    far = await openTransport(target);
  } catch (error) {
    near.close();
    throw error;
  }
  const close = () => {
    for (const end of [near, far]) {
      try {
        end.close();
      } catch { /* it is closed already */ }
    }
  };
  // The agent answers a client that has said all, so only the far end's silence ends both.
  const answers = pass(far, near).finally(close);
  pass(near, far).then(() => far.closeWrite?.(), close);
  await answers;
}

/** Passes bytes on until the end of `from`, or until either breaks. */
async function pass(from: Transport, to: Transport): Promise<void> {
  const buffer = new Uint8Array(PIECE);
  try {
    for (let count; (count = await from.read(buffer)) !== null;) {
      await writeAll(to, buffer.subarray(0, count));
    }
  } catch (error) {
    const gone = error instanceof Deno.errors.BrokenPipe ||
      error instanceof Deno.errors.BadResource ||
      error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.Interrupted;
    if (!gone) throw error;
  }
}
