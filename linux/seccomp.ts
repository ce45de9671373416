// seccomp: installing a filter on this process, and answering the calls that another's filter
// reports.
//
// A filter cannot be removed, so nothing here chooses one: it gets compiled bytes. The notification
// calls are hot and use preallocated memory. The arguments of a reported call are treated as
// numbers only. The memory they point to is never read, because the caller can change it between
// check and use (seccomp_unotify(2)).

import {
  SECCOMP_FILTER_FLAG_NEW_LISTENER,
  SECCOMP_FILTER_FLAG_TSYNC,
  SECCOMP_FILTER_FLAG_TSYNC_ESRCH,
  SECCOMP_IOCTL_NOTIF_ID_VALID,
  SECCOMP_IOCTL_NOTIF_RECV,
  SECCOMP_IOCTL_NOTIF_SEND,
  SECCOMP_IOCTL_NOTIF_SET_FLAGS,
  SECCOMP_SET_MODE_FILTER,
  SECCOMP_USER_NOTIF_FLAG_CONTINUE,
} from "./constants.ts";
import { check, errno, orErrno } from "./errno.ts";
import { libc } from "./libc.ts";
import { addressOf, allocate } from "./memory.ts";
import { syscallNumber, thisArch } from "./syscall_numbers.ts";

const seccompNumber = BigInt(syscallNumber(thisArch, "seccomp"));

/** Kernel limit on instructions in one filter. */
export const BPF_MAXINSNS = 4096;

/**
 * seccomp(2) SECCOMP_SET_MODE_FILTER with a program of 8-byte BPF instructions. With TSYNC it
 * applies to every thread, and TSYNC_ESRCH is added so that a thread that cannot be synchronized is
 * an error. Needs no_new_privs or CAP_SYS_ADMIN. Returns the listener's descriptor with
 * NEW_LISTENER, else 0.
 */
export function installFilter(program: Uint8Array, flags = 0): number {
  const length = program.byteLength / 8;
  if (!Number.isInteger(length) || length < 1 || length > BPF_MAXINSNS) {
    throw new RangeError(`Cannot install a seccomp filter of ${program.byteLength} bytes`);
  }
  const tsync = (flags & SECCOMP_FILTER_FLAG_TSYNC) !== 0;
  const wanted = tsync ? flags | SECCOMP_FILTER_FLAG_TSYNC_ESRCH : flags;
  const instructions = allocate(program.byteLength);
  instructions.set(program);
  const fprog = allocate(16); // struct sock_fprog: u16 length, address at 8
  const view = new DataView(fprog.buffer);
  view.setUint16(0, length, true);
  view.setBigUint64(8, addressOf(instructions), true);
  const result = libc.seccomp(
    seccompNumber,
    BigInt(SECCOMP_SET_MODE_FILTER),
    BigInt(wanted),
    fprog,
  );
  check(result, "seccomp", "install the seccomp filter");
  instructions[0] &= 0xff; // the memory is in use until here
  return (flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) !== 0 ? result : 0;
}

/** A reported call: struct seccomp_notif without the instruction pointer. */
export interface Notification {
  /** Identifies this call in the answer. */
  id: bigint;
  /** The caller's thread id, as seen from the reader's PID namespace; 0 if it cannot be seen. */
  pid: number;
  /** Syscall number, of the architecture `arch`. */
  nr: number;
  /** AUDIT_ARCH_* of the call. */
  arch: number;
  /** The six arguments as unsigned 64-bit numbers. */
  args: bigint[];
}

const recvRequest = BigInt(SECCOMP_IOCTL_NOTIF_RECV);
const sendRequest = BigInt(SECCOMP_IOCTL_NOTIF_SEND);
const validRequest = BigInt(SECCOMP_IOCTL_NOTIF_ID_VALID);

// struct seccomp_notif: id, pid, flags, {nr, arch, instruction pointer, args[6]}: 80 bytes. The
// kernel may know a longer one (SECCOMP_GET_NOTIF_SIZES) but the size is part of the ioctl's
// number.
const request = allocate(80);
const requestView = new DataView(request.buffer);
// struct seccomp_notif_resp: id, val, error, flags: 24 bytes.
const response = allocate(24);
const responseView = new DataView(response.buffer);
const idWord = new BigUint64Array(1);

/**
 * SECCOMP_IOCTL_NOTIF_RECV. Hot. Reads the next reported call into `into` (reused); 0 or minus the
 * error number. Blocks if there is none, so call it only when epoll reports EPOLLIN. Even then it
 * may return -ENOENT: the caller has just ended.
 */
export function recvNotification(listener: number, into: Notification): number {
  request.fill(0); // required by the kernel
  if (libc.ioctl(listener, recvRequest, request) === -1) return -errno();
  into.id = requestView.getBigUint64(0, true);
  into.pid = requestView.getUint32(8, true);
  into.nr = requestView.getInt32(16, true);
  into.arch = requestView.getUint32(20, true);
  for (let i = 0; i < 6; i++) into.args[i] = requestView.getBigUint64(32 + 8 * i, true);
  return 0;
}

/** An empty notification to receive into. */
export function newNotification(): Notification {
  return { id: 0n, pid: 0, nr: 0, arch: 0, args: [0n, 0n, 0n, 0n, 0n, 0n] };
}

/**
 * Answers "failed with this (positive) error number". Hot. 0 or minus the error number; -ENOENT:
 * the caller has ended.
 */
export function respondErrno(listener: number, id: bigint, errorNumber: number): number {
  return respond(listener, id, -errorNumber, 0);
}

/**
 * Answers "go on and run it in the kernel". Hot. Later filters and rules are not consulted again,
 * so it must not serve as a security decision unless the caller cannot change what is run.
 */
export function respondContinue(listener: number, id: bigint): number {
  return respond(listener, id, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

function respond(listener: number, id: bigint, error: number, flags: number): number {
  responseView.setBigUint64(0, id, true);
  responseView.setBigInt64(8, 0n, true);
  responseView.setInt32(16, error, true);
  responseView.setUint32(20, flags, true);
  return libc.ioctl(listener, sendRequest, response) === -1 ? -errno() : 0;
}

/** SECCOMP_IOCTL_NOTIF_ID_VALID. Whether the reported call still waits for its answer. */
export function notificationIsValid(listener: number, id: bigint): boolean {
  idWord[0] = id;
  return libc.ioctl(listener, validRequest, idWord) === 0;
}

/**
 * SECCOMP_IOCTL_NOTIF_SET_FLAGS (Linux 6.6). 0 or minus the error number; -EINVAL on an older
 * kernel.
 */
export function setNotificationFlags(listener: number, flags: number): number {
  return orErrno(
    libc.ioctl_value(listener, BigInt(SECCOMP_IOCTL_NOTIF_SET_FLAGS), BigInt(flags)),
  );
}
