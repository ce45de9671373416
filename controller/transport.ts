// From a target to a stream of bytes that is connected to an agent.
//
// The only file of the controller that opens a socket. It never reads a byte of the protocol
// itself.

import type { Transport } from "./byte_transport.ts";
import { ConnectionError } from "./errors.ts";
import type { FirecrackerTarget, Target, VsockTarget } from "./target.ts";

export type { Transport } from "./byte_transport.ts";

/** Longest answer to `CONNECT`, in bytes: "OK " and a port. */
const answerBytes = 32;

/**
 * Connects to where an agent listens.
 *
 * @param abort Gives up an answer that is waited for; the promise then rejects.
 * @throws {ConnectionError} with the system's error as its cause.
 */
export async function openTransport(target: Target, abort?: AbortSignal): Promise<Transport> {
  try {
    switch (target.kind) {
      case "unix":
        return await openUnix(target.path);
      case "vsock":
        return await openVsock(target);
      case "firecracker":
        return await throughFirecracker(target, abort);
    }
  } catch (cause) {
    if (cause instanceof ConnectionError) throw cause;
    const why = connectProblem(target, cause);
    throw new ConnectionError(`Cannot connect to "${describe(target)}": ${why}`, {
      cause,
      problem: "connect",
    });
  }
}

/** Whether this is Deno: Node and Bun have sockets of their own. */
const isDeno = typeof Deno !== "undefined";

async function openUnix(path: string): Promise<Transport> {
  if (isDeno) return closable(await Deno.connect({ transport: "unix", path }));
  // Loaded only here: in Deno, node:net takes as long to load as all of the library.
  const { openUnixSocket } = await import("./node_transport.ts");
  return await openUnixSocket(path);
}

async function openVsock(target: VsockTarget): Promise<Transport> {
  if (isDeno) {
    const { cid, port } = target;
    return closable(await Deno.connect({ transport: "vsock", cid, port }));
  }
  const words = `sallyport proxy --listen unix:PATH --target ${describe(target)}`;
  throw new ConnectionError(
    `Cannot connect to "${
      describe(target)
    }": this runtime has no AF_VSOCK; start "${words}", and ` +
      'connect to "unix:PATH"',
    { problem: "connect" },
  );
}

/** Deno's connection, which may be closed twice. */
function closable(conn: Deno.Conn): Transport {
  return {
    read: (buffer) => conn.read(buffer),
    write: (bytes) => conn.write(bytes),
    closeWrite: () => conn.closeWrite().catch(() => {}),
    close() {
      try {
        conn.close();
      } catch (cause) {
        if (!(cause instanceof Deno.errors.BadResource)) throw cause;
      }
    },
  };
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
async function throughFirecracker(
  target: FirecrackerTarget,
  abort?: AbortSignal,
): Promise<Transport> {
  const conn = await openUnix(target.path);
  const giveUp = () => conn.close();
  abort?.addEventListener("abort", giveUp, { once: true });
  try {
    abort?.throwIfAborted();
    await writeAll(conn, new TextEncoder().encode(`CONNECT ${target.port}\n`));
    const answer = await readLine(conn);
    if (/^OK \d+$/.test(answer)) return conn;
    throw new ConnectionError(
      `Cannot connect to "${describe(target)}": ` +
        (answer === "" ? "nobody listens in the guest" : `"${answer}" instead of "OK"`),
      { problem: "connect" },
    );
  } catch (error) {
    conn.close();
    throw error;
  } finally {
    abort?.removeEventListener("abort", giveUp);
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

/** What a failed connect(2) to the target means, and what to do (unix(7), vsock(7)). */
export function connectProblem(target: Target, cause: unknown): string {
  const code = (cause as { code?: string } | null)?.code;
  const known = target.kind === "vsock" ? vsockProblems : unixProblems;
  if (code !== undefined && code in known) {
    const way = wayOut(target, code);
    return `${known[code]} (${code})${way === undefined ? "" : `; ${way}`}`;
  }
  return code ?? (cause instanceof Error ? cause.message : String(cause));
}

/** What a person can do about it. */
function wayOut(target: Target, code: string): string | undefined {
  if (code === "EACCES" || code === "EPERM") {
    return target.kind === "vsock"
      ? undefined
      : "connect as a user that may, or have its owner let you in with chmod";
  }
  switch (target.kind) {
    case "unix":
      if (code === "ENOENT") return `start one with --listen ${describe(target)}`;
      return code === "ECONNREFUSED" ? "start the agent again" : undefined;
    case "firecracker":
      if (code === "ENOENT") return "start the machine, with this path in its vsock device";
      return code === "ECONNREFUSED" ? "start the machine again" : undefined;
    case "vsock":
      if (code === "ECONNRESET") return `start an agent there with --listen vsock:${target.port}`;
      return code === "ETIMEDOUT" || code === "EHOSTUNREACH"
        ? "see with which CID the machine was started"
        : undefined;
  }
}

const unixProblems: Readonly<Record<string, string>> = {
  ENOENT: "there is no such socket: no agent listens there",
  ECONNREFUSED: "nobody listens there: it is left over from an agent that has ended, or no socket",
  EACCES: "its permissions, or those of a directory above it, keep this user out",
  EPERM: "it is kept from this user",
  ENOTDIR: "a part of its path is no directory",
};

const vsockProblems: Readonly<Record<string, string>> = {
  ENODEV: "no machine has this CID, or this host has no vsock: load vhost_vsock",
  ECONNRESET: "the machine is there, but nobody listens on this port in it",
  ETIMEDOUT: "no machine with this CID answers",
  EHOSTUNREACH: "no machine has this CID",
  EACCES: "this user may not open vsock sockets",
  EAFNOSUPPORT: "this kernel has no vsock",
};
