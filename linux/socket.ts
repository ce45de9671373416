// Sockets: pairs, Unix and vsock listeners and connections, options.
//
// Deno's own network calls do not offer AF_VSOCK and SOCK_SEQPACKET in the form that the agent's
// loop needs. Hot calls (acceptFd, sendFd, receiveFd) return minus the error number; the rest throw
// SysError. Nothing here waits unless the descriptor itself is blocking.

import {
  AF_UNIX,
  AF_VSOCK,
  MSG_NOSIGNAL,
  SO_PEERCRED,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
} from "./constants.ts";
import { check, E, errno, SysError } from "./errno.ts";
import { closeFd } from "./fd.ts";
import { libc } from "./libc.ts";
import { allocate, type Bytes } from "./memory.ts";

/**
 * socketpair(2) of AF_UNIX; two ends that keep message boundaries unless told otherwise,
 * close-on-exec.
 */
export function socketpair(type: number = SOCK_SEQPACKET | SOCK_CLOEXEC): [number, number] {
  const fds = new Int32Array(2);
  check(libc.socketpair(AF_UNIX, type, 0, fds), "socketpair", "create a socket pair");
  return [fds[0], fds[1]];
}

/**
 * struct sockaddr_un (unix(7)): the path must be shorter than 108 bytes; one starting with "@" is
 * abstract.
 */
export function unixAddress(path: string): Bytes {
  const name = new TextEncoder().encode(path.startsWith("@") ? "\0" + path.slice(1) : path);
  if (name.length === 0 || name.length > 107) {
    throw new RangeError(`Cannot use "${path}" as the path of a unix socket: 1 to 107 bytes`);
  }
  const abstract = name[0] === 0;
  const address = allocate(2 + name.length + (abstract ? 0 : 1));
  new DataView(address.buffer).setUint16(0, AF_UNIX, true);
  address.set(name, 2);
  return address;
}

/** struct sockaddr_vm (vsock(7)), 16 bytes. */
export function vsockAddress(cid: number, port: number): Bytes {
  const address = allocate(16);
  const view = new DataView(address.buffer);
  view.setUint16(0, AF_VSOCK, true);
  view.setUint32(4, port, true);
  view.setUint32(8, cid, true);
  return address;
}

/** Options of the sockets that the functions below make. */
export interface SocketOptions {
  /** Connections that may wait to be accepted; 128 by default. */
  backlog?: number;
  /** SOCK_*; by default a stream, non-blocking and close-on-exec. */
  type?: number;
}

const streamType = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

/** A Unix socket listening at `path`, which must not exist yet (EADDRINUSE). */
export function listenUnix(path: string, options: SocketOptions = {}): number {
  return listenAt(AF_UNIX, unixAddress(path), "unix socket", path, options);
}

/** A vsock socket listening at a port; `cid` is usually VMADDR_CID_ANY. */
export function listenVsock(cid: number, port: number, options: SocketOptions = {}): number {
  return listenAt(AF_VSOCK, vsockAddress(cid, port), "vsock port", port, options);
}

function listenAt(
  family: number,
  address: Bytes,
  kind: string,
  name: string | number,
  { backlog = 128, type = streamType }: SocketOptions,
): number {
  const fd = check(libc.socket(family, type, 0), "socket", `create ${kind}`, name);
  return orClose(fd, () => {
    check(libc.bind(fd, address, address.length), "bind", `bind ${kind}`, name);
    check(libc.listen(fd, backlog), "listen", `listen on ${kind}`, name);
  });
}

/**
 * A connection to a Unix socket; blocking while it connects if `type` says so. EAGAIN: the backlog
 * is full.
 */
export function connectUnix(path: string, type: number = SOCK_STREAM | SOCK_CLOEXEC): number {
  return connectTo(AF_UNIX, unixAddress(path), "unix socket", path, type);
}

/**
 * A connection to a vsock port. A non-blocking one may still be connecting (EINPROGRESS is no
 * error).
 */
export function connectVsock(
  cid: number,
  port: number,
  type: number = SOCK_STREAM | SOCK_CLOEXEC,
): number {
  return connectTo(AF_VSOCK, vsockAddress(cid, port), "vsock", `${cid}:${port}`, type);
}

function connectTo(family: number, address: Bytes, kind: string, name: string, type: number) {
  const fd = check(libc.socket(family, type, 0), "socket", `create ${kind}`, name);
  return orClose(fd, () => {
    if (libc.connect(fd, address, address.length) === 0) return;
    const number = errno();
    if (number === E.EINPROGRESS) return;
    throw new SysError("connect", number, `connect to ${kind} "${name}"`);
  });
}

/** The descriptor, after `steps`; closed if one of them throws. */
function orClose(fd: number, steps: () => void): number {
  try {
    steps();
    return fd;
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

/** Who connected: a vsock peer's context id and port; 0 and 0 for a Unix socket. */
export interface Peer {
  /** Context id: VMADDR_CID_HOST is 2. */
  cid: number;
  /** The port it connected from. */
  port: number;
}

const peerAddress = allocate(128);
const peerView = new DataView(peerAddress.buffer);
const peerLength = new Uint32Array(1);

/**
 * accept4(2). Hot. The new descriptor (non-blocking and close-on-exec unless told otherwise) or
 * minus the error number; fills in `peer` if one is given.
 */
export function acceptFd(
  fd: number,
  peer?: Peer,
  flags: number = SOCK_NONBLOCK | SOCK_CLOEXEC,
): number {
  peerLength[0] = peerAddress.length;
  const connection = libc.accept4(fd, peerAddress, peerLength, flags);
  if (connection === -1) return -errno();
  if (peer !== undefined) {
    const vsock = peerLength[0] >= 12 && peerView.getUint16(0, true) === AF_VSOCK;
    peer.port = vsock ? peerView.getUint32(4, true) : 0;
    peer.cid = vsock ? peerView.getUint32(8, true) : 0;
  }
  return connection;
}

/** The address a vsock socket is bound to: getsockname(2). */
export function vsockName(fd: number): Peer {
  peerLength[0] = peerAddress.length;
  check(libc.getsockname(fd, peerAddress, peerLength), "getsockname", "name descriptor", fd);
  return { port: peerView.getUint32(4, true), cid: peerView.getUint32(8, true) };
}

/**
 * send(2) with MSG_NOSIGNAL. Hot. Sends the first `length` bytes; the number sent, or minus the
 * error number (-EPIPE where write(2) would raise SIGPIPE).
 */
export function sendFd(
  fd: number,
  buffer: Uint8Array,
  length = buffer.byteLength,
  flags: number = MSG_NOSIGNAL,
): number {
  if (length > buffer.byteLength) throw new RangeError("Cannot send beyond the buffer");
  const n = libc.send(fd, buffer as Bytes, BigInt(length), flags);
  return n === -1 ? -errno() : n;
}

/** recv(2). Hot. Like `readFd`, with flags such as MSG_DONTWAIT or MSG_TRUNC. */
export function receiveFd(
  fd: number,
  buffer: Uint8Array,
  length = buffer.byteLength,
  flags = 0,
): number {
  if (length > buffer.byteLength) throw new RangeError("Cannot receive beyond the buffer");
  const n = libc.recv(fd, buffer as Bytes, BigInt(length), flags);
  return n === -1 ? -errno() : n;
}

/** shutdown(2). 0 or minus the error number: ENOTCONN is common if the peer has closed. */
export function shutdown(fd: number, how: number): number {
  return libc.shutdown(fd, how) === -1 ? -errno() : 0;
}

const optionValue = new Int32Array(1);
const optionLength = new Uint32Array(1);

/**
 * getsockopt(2) of an int option of SOL_SOCKET. SO_ERROR gives a positive error number and clears
 * it.
 */
export function getsockopt(fd: number, option: number): number {
  optionLength[0] = 4;
  const result = libc.getsockopt(fd, SOL_SOCKET, option, optionValue, optionLength);
  check(result, "getsockopt", "read an option of socket", fd);
  return optionValue[0];
}

/**
 * setsockopt(2) of an int option of SOL_SOCKET. The kernel doubles SO_SNDBUF; SO_SNDBUFFORCE needs
 * CAP_NET_ADMIN.
 */
export function setsockopt(fd: number, option: number, value: number): void {
  optionValue[0] = value;
  const result = libc.setsockopt(fd, SOL_SOCKET, option, optionValue, 4);
  check(result, "setsockopt", "set an option of socket", fd);
}

/**
 * Process and ids of the peer of a Unix socket, as they were when it connected: SO_PEERCRED,
 * unix(7).
 */
export function peerCredentials(fd: number): { pid: number; uid: number; gid: number } {
  const value = new Uint32Array(3);
  optionLength[0] = 12;
  const result = libc.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, value, optionLength);
  check(result, "getsockopt", "read the credentials of socket", fd);
  return { pid: value[0], uid: value[1], gid: value[2] };
}
