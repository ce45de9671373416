// From a target to a stream of bytes that is connected to an agent.
//
// The only file of the controller that opens a socket. It never reads a byte of the protocol
// itself.

import { ConnectionError } from "./errors.ts";
import type { FirecrackerTarget, Target } from "./target.ts";

/** What the controller needs of a connection. */
export type Transport = Pick<Deno.Conn, "read" | "write" | "close">;

/** Longest answer to `CONNECT`, in bytes: "OK " and a port. */
const answerBytes = 32;

/**
 * Connects to where an agent listens.
 *
 * @throws {ConnectionError} with the system's error as its cause.
 */
export async function openTransport(target: Target): Promise<Transport> {
  try {
    switch (target.kind) {
      case "unix":
        return await Deno.connect({ transport: "unix", path: target.path });
      case "vsock":
        return await Deno.connect({ transport: "vsock", cid: target.cid, port: target.port });
      case "firecracker":
        return await throughFirecracker(target);
    }
  } catch (cause) {
    if (cause instanceof ConnectionError) throw cause;
    throw new ConnectionError(`Cannot connect to "${describe(target)}": ${reason(cause)}`, {
      cause,
    });
  }
}

/** A target as it is written on a command line. */
export function describe(target: Target): string {
  switch (target.kind) {
    case "unix":
      return `unix:${target.path}`;
    case "vsock":
      return `vsock:${target.cid}:${target.port}`;
    case "firecracker":
      return `firecracker:${target.path}:${target.port}`;
  }
}

/**
 * Firecracker's hybrid form (docs/vsock.md there): "CONNECT PORT\n" on the machine's Unix socket,
 * "OK NUMBER\n" back, and from then on the guest's bytes. Where nobody listens in the guest it
 * closes.
 */
async function throughFirecracker(target: FirecrackerTarget): Promise<Transport> {
  const conn = await Deno.connect({ transport: "unix", path: target.path });
  try {
    await writeAll(conn, new TextEncoder().encode(`CONNECT ${target.port}\n`));
    const answer = await readLine(conn);
    if (/^OK \d+$/.test(answer)) return conn;
    throw new ConnectionError(
      `Cannot connect to "${describe(target)}": ` +
        (answer === "" ? "nobody listens in the guest" : `"${answer}" instead of "OK"`),
    );
  } catch (error) {
    conn.close();
    throw error;
  }
}

/** One byte at a time: what follows the line is the agent's, and must stay in the socket. */
async function readLine(conn: Transport): Promise<string> {
  const byte = new Uint8Array(1);
  let line = "";
  while (line.length < answerBytes) {
    if (await conn.read(byte) === null || byte[0] === 0x0a) return line;
    line += String.fromCharCode(byte[0]);
  }
  return line;
}

/** Writes all of `bytes`. */
export async function writeAll(conn: Transport, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}

function reason(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return (cause as { code?: string }).code ?? cause.message;
}
