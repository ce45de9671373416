// How a person writes where an agent listens.
//
// Three forms, one string each, so that a command line, an environment variable and a test say the
// same.

/** A Unix stream socket. */
export interface UnixTarget {
  /** Tells the forms apart. */
  readonly kind: "unix";
  /** The socket's path. */
  readonly path: string;
}

/** A port of a virtual machine, see vsock(7). */
export interface VsockTarget {
  /** Tells the forms apart. */
  readonly kind: "vsock";
  /** The machine's context id. */
  readonly cid: number;
  /** The port the agent listens on. */
  readonly port: number;
}

/**
 * A port of a virtual machine behind Firecracker's Unix socket (also vhost-user-vsock and Cloud
 * Hypervisor).
 */
export interface FirecrackerTarget {
  /** Tells the forms apart. */
  readonly kind: "firecracker";
  /** The path of the machine's socket on the host. */
  readonly path: string;
  /** The port the agent listens on in the guest. */
  readonly port: number;
}

/** Where an agent listens. */
export type Target = UnixTarget | VsockTarget | FirecrackerTarget;

const forms = '"unix:PATH", "vsock:CID:PORT" or "firecracker:SOCKET:PORT"';

/**
 * Reads a target. A path may hold colons.
 *
 * @throws {TypeError} if it has none of the three forms.
 */
export function parseTarget(text: string): Target {
  const unix = /^unix:(.+)$/s.exec(text);
  if (unix !== null) return { kind: "unix", path: unix[1] };
  const vsock = /^vsock:(\d+):(\d+)$/.exec(text);
  if (vsock !== null) {
    return { kind: "vsock", cid: word(vsock[1], text), port: word(vsock[2], text) };
  }
  const firecracker = /^firecracker:(.+):(\d+)$/s.exec(text);
  if (firecracker !== null) {
    return { kind: "firecracker", path: firecracker[1], port: word(firecracker[2], text) };
  }
  throw new TypeError(`Cannot read target "${text}": expected ${forms}`);
}

/** A number of 32 bits, as both halves of a vsock address are; the highest one means "any". */
function word(digits: string, text: string): number {
  const value = Number(digits);
  if (value < 0xffff_ffff) return value;
  throw new TypeError(`Cannot read target "${text}": "${digits}" is not below 4294967295`);
}
