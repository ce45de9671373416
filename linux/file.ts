// Files by path: status, reading and writing whole small files, directories, links.
//
// For set-up only: /proc and /sys entries, code of a few hundred bytes, a guest's first
// directories. It uses libc and not Deno's file calls, because the agent has permission for FFI
// only. It is not meant for large files.

import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_RDONLY,
  O_TRUNC,
  O_WRONLY,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  STATX_BASIC_STATS,
} from "./constants.ts";
import { check, E, errno, SysError } from "./errno.ts";
import { directoryNamesWith } from "./directory.ts";
import { closeFd, getdents, openFd, readFd, writeFd } from "./fd.ts";
import { libc } from "./libc.ts";
import { allocate, cString } from "./memory.ts";

/** What statx(2) says about a file. */
export interface FileStatus {
  /** S_IFREG, S_IFDIR, S_IFLNK, ... */
  type: number;
  /** Permission bits, with set-id and sticky: 0 to 0o7777. */
  mode: number;
  /** In bytes. */
  size: number;
  /** Owner. */
  uid: number;
  /** Group. */
  gid: number;
  /** Number within its file system. */
  inode: bigint;
  /** A regular file. */
  isFile: boolean;
  /** A directory. */
  isDirectory: boolean;
  /** A symbolic link itself. */
  isSymlink: boolean;
}

// struct statx (statx(2)): the same 256 bytes on every architecture, unlike struct stat.
const record = allocate(256);
const view = new DataView(record.buffer);

function statusOfRecord(): FileStatus {
  const type = view.getUint16(28, true) & S_IFMT;
  return {
    type,
    mode: view.getUint16(28, true) & 0o7777,
    size: Number(view.getBigUint64(40, true)),
    uid: view.getUint32(20, true),
    gid: view.getUint32(24, true),
    inode: view.getBigUint64(32, true),
    isFile: type === S_IFREG,
    isDirectory: type === S_IFDIR,
    isSymlink: type === S_IFLNK,
  };
}

/** Type, mode, size and owner of an open file. */
export function fstat(fd: number): FileStatus {
  const result = libc.statx(fd, cString(""), AT_EMPTY_PATH, STATX_BASIC_STATS, record);
  check(result, "statx", "inspect descriptor", fd);
  return statusOfRecord();
}

/**
 * Type, mode, size and owner of a path; does not follow a final symlink. Null if nothing is there.
 */
export function lstat(path: string): FileStatus | null {
  return statPath(path, AT_SYMLINK_NOFOLLOW);
}

/** Like `lstat`, but follows symlinks. */
export function stat(path: string): FileStatus | null {
  return statPath(path, 0);
}

function statPath(path: string, flags: number): FileStatus | null {
  if (libc.statx(AT_FDCWD, cString(path), flags, STATX_BASIC_STATS, record) === -1) {
    const number = errno();
    if (number === E.ENOENT || number === E.ENOTDIR) return null;
    throw new SysError("statx", number, `inspect "${path}"`);
  }
  return statusOfRecord();
}

/** readlink(2). The target of a symlink. */
export function readlink(path: string): string {
  const target = allocate(4096);
  const n = libc.readlink(cString(path), target, BigInt(target.length));
  check(n, "readlink", "read symlink", path);
  return new TextDecoder().decode(target.subarray(0, n));
}

/** The whole text of a small file, such as an entry of /proc. Over `limitBytes`: SysError EFBIG. */
export function readFile(path: string, limitBytes = 1 << 20): string {
  return new TextDecoder().decode(readFileBytes(path, limitBytes));
}

/** Like `readFile`, but gives the bytes. */
export function readFileBytes(path: string, limitBytes = 1 << 20): Uint8Array<ArrayBuffer> {
  const fd = openFd(path, O_RDONLY | O_CLOEXEC);
  try {
    let bytes = allocate(Math.min(4096, limitBytes + 1));
    let size = 0;
    while (true) {
      const n = readFd(fd, bytes.subarray(size));
      if (n === -E.EINTR) continue;
      if (n < 0) throw new SysError("read", n, `read "${path}"`);
      if (n === 0) return bytes.slice(0, size);
      size += n;
      if (size > limitBytes) throw new SysError("read", E.EFBIG, `read "${path}"`);
      if (size === bytes.length) {
        const larger = allocate(Math.min(size * 4, limitBytes + 1));
        larger.set(bytes);
        bytes = larger;
      }
    }
  } finally {
    closeFd(fd);
  }
}

/**
 * Writes a whole small file in one write(2), as entries of /proc and /sys require. By default the
 * file is created or emptied; pass `O_WRONLY | O_CLOEXEC` for one that must exist. A short write is
 * an error (EIO).
 */
export function writeFile(
  path: string,
  content: string | Uint8Array,
  mode = 0o644,
  flags: number = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
): void {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const fd = openFd(path, flags, mode);
  try {
    const n = writeFd(fd, bytes);
    if (n < 0) throw new SysError("write", n, `write "${path}"`);
    if (n !== bytes.length) throw new SysError("write", E.EIO, `write all of "${path}"`);
  } finally {
    closeFd(fd);
  }
}

/** The names in a directory that begin with `prefix`, without "." and "..", sorted. */
export function listDirectory(path: string, prefix = ""): string[] {
  const fd = openFd(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const entries = allocate(1 << 15);
  const names: string[] = [];
  try {
    for (;;) {
      const count = getdents(fd, entries);
      if (count < 0) throw new SysError("getdents64", -count, `list "${path}"`);
      if (count === 0) return names.sort();
      names.push(...directoryNamesWith(prefix, entries.subarray(0, count)));
    }
  } finally {
    closeFd(fd);
  }
}

/** mkdir(2). Makes one directory; one that is already there is no error. */
export function makeDirectory(path: string, mode = 0o755): void {
  if (libc.mkdir(cString(path), mode) === 0) return;
  const number = errno();
  if (number !== E.EEXIST) throw new SysError("mkdir", number, `make directory "${path}"`);
}

/** rmdir(2). */
export function removeDirectory(path: string): void {
  check(libc.rmdir(cString(path)), "rmdir", "remove directory", path);
}

/** unlink(2). False if nothing was there. */
export function unlink(path: string): boolean {
  if (libc.unlink(cString(path)) === 0) return true;
  const number = errno();
  if (number === E.ENOENT) return false;
  throw new SysError("unlink", number, `remove "${path}"`);
}

/** symlink(2). */
export function symlink(target: string, path: string): void {
  check(libc.symlink(cString(target), cString(path)), "symlink", "make symlink", path);
}

/** chmod(2). */
export function chmod(path: string, mode: number): void {
  check(libc.chmod(cString(path), mode), "chmod", "change the mode of", path);
}

/** chown(2). */
export function chown(path: string, uid: number, gid: number): void {
  check(libc.chown(cString(path), uid, gid), "chown", "change the owner of", path);
}

/** chdir(2), for every thread of the process. */
export function chdir(path: string): void {
  check(libc.chdir(cString(path)), "chdir", "enter directory", path);
}
