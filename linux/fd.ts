// File descriptors: reading, writing, closing and making them, and their flags.
//
// Hot calls return the kernel's result or minus the error number, and never throw for a kernel
// error; they take preallocated memory and a length. Everything else throws SysError. The caller
// must retry (EINTR, EAGAIN), because only the caller knows whether it may wait.

import { F_DUPFD_CLOEXEC, F_GETFL, F_SETFL, O_CLOEXEC, O_NONBLOCK } from "./constants.ts";
import { check, errno, orErrno, SysError } from "./errno.ts";
import { libc } from "./libc.ts";
import { type Bytes, cString } from "./memory.ts";

/**
 * read(2). Hot. Reads at most `length` bytes to the start of `buffer` (pass a subarray to read
 * elsewhere). Returns the number of bytes, 0 at the end, or minus the error number.
 */
export function readFd(fd: number, buffer: Uint8Array, length = buffer.byteLength): number {
  if (length > buffer.byteLength) throw new RangeError("Cannot read beyond the buffer");
  const n = libc.read(fd, buffer as Bytes, BigInt(length));
  return n === -1 ? -errno() : n;
}

/**
 * write(2). Hot. Writes the first `length` bytes. The number written, or minus the error number.
 */
export function writeFd(fd: number, buffer: Uint8Array, length = buffer.byteLength): number {
  if (length > buffer.byteLength) throw new RangeError("Cannot write beyond the buffer");
  const n = libc.write(fd, buffer as Bytes, BigInt(length));
  return n === -1 ? -errno() : n;
}

/** read(2) into the buffer from `offset` on. Hot; otherwise like `readFd`. */
export function readFdAt(fd: number, buffer: Uint8Array, offset: number, length: number): number {
  return readFd(fd, buffer.subarray(offset, offset + length));
}

/** write(2) of `length` bytes of the buffer from `offset` on. Hot; otherwise like `writeFd`. */
export function writeFdAt(fd: number, buffer: Uint8Array, offset: number, length: number): number {
  return writeFd(fd, buffer.subarray(offset, offset + length));
}

/**
 * pread(2): reads at a given position and leaves the file offset alone. Hot; else like `readFd`.
 */
export function preadFd(
  fd: number,
  buffer: Uint8Array,
  position: number,
  length = buffer.byteLength,
): number {
  if (length > buffer.byteLength) throw new RangeError("Cannot read beyond the buffer");
  return orErrno(libc.pread(fd, buffer as Bytes, BigInt(length), BigInt(position)));
}

/**
 * pwrite(2): writes at a given position and leaves the file offset alone. Hot; else like `writeFd`.
 */
export function pwriteFd(
  fd: number,
  buffer: Uint8Array,
  position: number,
  length = buffer.byteLength,
): number {
  if (length > buffer.byteLength) throw new RangeError("Cannot write beyond the buffer");
  return orErrno(libc.pwrite(fd, buffer as Bytes, BigInt(length), BigInt(position)));
}

/**
 * getdents64(2). Reads entries of an open directory. The number of bytes, 0 at the end, or minus
 * the error number.
 */
export function getdents(fd: number, buffer: Uint8Array): number {
  return orErrno(libc.getdents64(fd, buffer as Bytes, BigInt(buffer.byteLength)));
}

/**
 * close(2). 0 or minus the error number. The descriptor is closed in either case: never close it
 * again.
 */
export function closeFd(fd: number): number {
  return orErrno(libc.close(fd));
}

/** open(2). The new descriptor. `mode` matters only with O_CREAT or O_TMPFILE. */
export function openFd(path: string, flags: number, mode = 0): number {
  return check(libc.open(cString(path), flags, BigInt(mode)), "open", "open", path);
}

/** pipe2(2). [read end, write end]; close-on-exec unless told otherwise. */
export function pipe2(flags: number = O_CLOEXEC): [number, number] {
  const fds = new Int32Array(2);
  check(libc.pipe2(fds, flags), "pipe2", "create a pipe");
  return [fds[0], fds[1]];
}

/**
 * Sets or clears O_NONBLOCK on the open file description, so for duplicates and other processes
 * too.
 */
export function setNonBlocking(fd: number, on = true): void {
  const flags = check(libc.fcntl(fd, F_GETFL, 0n), "fcntl", "read the flags of descriptor", fd);
  const wanted = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
  check(libc.fcntl(fd, F_SETFL, BigInt(wanted)), "fcntl", "set the flags of descriptor", fd);
}

/** fcntl(2) with a plain number; the result. */
export function fcntl(fd: number, command: number, argument = 0): number {
  return check(libc.fcntl(fd, command, BigInt(argument)), "fcntl", "control descriptor", fd);
}

/** A close-on-exec duplicate with the lowest free number that is at least `atLeast`. */
export function dup(fd: number, atLeast = 0): number {
  return check(
    libc.fcntl(fd, F_DUPFD_CLOEXEC, BigInt(atLeast)),
    "fcntl",
    "duplicate descriptor",
    fd,
  );
}

/** dup3(2). Duplicates `fd` to `target` and closes what was open there. */
export function dup3(fd: number, target: number, flags: number = O_CLOEXEC): number {
  return check(libc.dup3(fd, target, flags), "dup3", "duplicate descriptor", fd);
}

/** memfd_create(2). A file in memory; `name` is seen only in /proc. */
export function memfdCreate(name: string, flags: number): number {
  return check(libc.memfd_create(cString(name), flags), "memfd_create", "create a memfd", name);
}

/** lseek(2). The new position in bytes. */
export function lseek(fd: number, offset: number, whence: number): number {
  const position = libc.lseek(fd, BigInt(offset), whence);
  if (position === -1n) throw new SysError("lseek", errno(), `seek in descriptor "${fd}"`);
  return Number(position);
}

/** ftruncate(2). Sets the size of a file in bytes. */
export function ftruncate(fd: number, size: number): void {
  check(libc.ftruncate(fd, BigInt(size)), "ftruncate", "set the size of descriptor", fd);
}
