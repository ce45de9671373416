// Messages with descriptors attached: sendmsg(2) and recvmsg(2) with SCM_RIGHTS.
//
// Received descriptors are always close-on-exec. If the kernel could not deliver all of them, those
// that arrived are closed and the call fails: an incomplete set must neither pass for a complete
// one nor leak.

import { MSG_CMSG_CLOEXEC, MSG_CTRUNC, MSG_NOSIGNAL, SCM_RIGHTS, SOL_SOCKET } from "./constants.ts";
import { E, errno } from "./errno.ts";
import { closeFd } from "./fd.ts";
import { libc } from "./libc.ts";
import { addressOf, allocate, type Bytes } from "./memory.ts";

/** The kernel's SCM_MAX_FD: the most descriptors that one message can carry. */
export const MAX_FDS = 253;

const headerSize = 16; // struct cmsghdr: u64 length, i32 level, i32 type

/**
 * struct msghdr (56 bytes) with one iovec (16 bytes) and a control buffer, in one block of memory.
 */
class MessageHeader {
  readonly memory: Bytes;
  readonly view: DataView<ArrayBuffer>;
  readonly controlStart = 72;
  readonly #address: bigint;

  constructor(readonly controlSize: number) {
    this.memory = allocate(this.controlStart + controlSize);
    this.view = new DataView(this.memory.buffer);
    this.#address = addressOf(this.memory);
  }

  prepare(dataAddress: bigint, length: number, controlLength: number): void {
    const control = controlLength === 0 ? 0n : this.#address + BigInt(this.controlStart);
    this.view.setBigUint64(0, 0n, true); // msg_name
    this.view.setUint32(8, 0, true); // msg_namelen
    this.view.setBigUint64(16, this.#address + 56n, true); // msg_iov
    this.view.setBigUint64(24, 1n, true); // msg_iovlen
    this.view.setBigUint64(32, control, true); // msg_control
    this.view.setBigUint64(40, BigInt(controlLength), true); // msg_controllen
    this.view.setInt32(48, 0, true); // msg_flags
    this.view.setBigUint64(56, dataAddress, true); // iov_base
    this.view.setBigUint64(64, BigInt(length), true); // iov_len
  }
}

/**
 * Receives messages into memory of its own. After `receive`, `bytes` holds the data and `fds` the
 * descriptors that came with it, which now belong to the caller.
 */
export class MessageReceiver {
  /** Data of the last message: the first `n` bytes, overwritten by the next `receive`. */
  readonly bytes: Bytes;
  /** Descriptors of the last message. */
  fds: number[] = [];
  /** msg_flags of the last message; MSG_TRUNC means that it was longer than `bytes`. */
  flags = 0;
  readonly #dataAddress: bigint;
  readonly #header: MessageHeader;

  /** Room for `sizeBytes` of data and at least `maxFds` descriptors. */
  constructor(sizeBytes: number, maxFds = 16) {
    this.bytes = allocate(sizeBytes);
    this.#dataAddress = addressOf(this.bytes);
    this.#header = new MessageHeader(headerSize + Math.ceil(maxFds * 4 / 8) * 8);
  }

  /**
   * recvmsg(2). Hot. Number of bytes, 0 at the end of the connection, or minus the error number;
   * -ENFILE when not all descriptors could be delivered (the others are closed).
   */
  receive(fd: number, flags = 0): number {
    const header = this.#header;
    header.prepare(this.#dataAddress, this.bytes.length, header.controlSize);
    this.fds = [];
    const n = libc.recvmsg(fd, header.memory, flags | MSG_CMSG_CLOEXEC);
    if (n === -1) return -errno();
    this.flags = header.view.getInt32(48, true);
    const controlLength = Number(header.view.getBigUint64(40, true));
    if (controlLength > 0) this.fds = descriptorsOf(header, controlLength);
    if ((this.flags & MSG_CTRUNC) !== 0) {
      for (const received of this.fds) closeFd(received);
      this.fds = [];
      return -E.ENFILE;
    }
    return n;
  }
}

/** Walks the control messages as CMSG_NXTHDR does (cmsg(3)): each begins at a multiple of 8. */
function descriptorsOf(header: MessageHeader, controlLength: number): number[] {
  const fds: number[] = [];
  let at = header.controlStart;
  const end = at + controlLength;
  while (at + headerSize <= end) {
    const length = Number(header.view.getBigUint64(at, true));
    if (length < headerSize || at + length > end) break;
    const isRights = header.view.getInt32(at + 8, true) === SOL_SOCKET &&
      header.view.getInt32(at + 12, true) === SCM_RIGHTS;
    for (let i = at + headerSize; isRights && i + 4 <= at + length; i += 4) {
      fds.push(header.view.getInt32(i, true));
    }
    at += Math.ceil(length / 8) * 8;
  }
  return fds;
}

const sending = new MessageHeader(headerSize + Math.ceil(MAX_FDS * 4 / 8) * 8);

/**
 * sendmsg(2) of one message with descriptors, which stay open here. Number of bytes sent or minus
 * the error number; never raises SIGPIPE. The message must not be empty if it carries descriptors.
 */
export function sendMessage(
  fd: number,
  bytes: Uint8Array,
  fds: readonly number[] = [],
  flags: number = MSG_NOSIGNAL,
): number {
  if (fds.length > MAX_FDS) return -E.EINVAL;
  const used = fds.length === 0 ? 0 : headerSize + fds.length * 4;
  sending.prepare(addressOf(bytes), bytes.byteLength, used === 0 ? 0 : Math.ceil(used / 8) * 8);
  if (used > 0) {
    const at = sending.controlStart;
    sending.view.setBigUint64(at, BigInt(used), true);
    sending.view.setInt32(at + 8, SOL_SOCKET, true);
    sending.view.setInt32(at + 12, SCM_RIGHTS, true);
    fds.forEach((sent, i) => sending.view.setInt32(at + headerSize + i * 4, sent, true));
  }
  const n = libc.sendmsg(fd, sending.memory, flags);
  return n === -1 ? -errno() : n;
}
