// The files of a sandbox: put, get and list, through its keeper.
//
// The keeper opens, and hands the descriptor over; the agent only reads and writes what it was
// given. What a job left behind is hostile: a name may be a link, a FIFO or a directory, and is
// refused then.

import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from "../../linux/constants.ts";
import { E, errnoName } from "../../linux/errno.ts";
import { closeFd } from "../../linux/fd.ts";
import { fstat } from "../../linux/file.ts";
import {
  BATCH,
  listProgram,
  openProgram,
  STATX_SIZE,
  statxProgram,
} from "../../sandbox/keeper_program.ts";
import type { Platform } from "../../sandbox/layout.ts";
import { Program } from "../../sandbox/program.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { directoryNames } from "../../linux/directory.ts";
import type { FileEntry } from "../../protocol/protocol.ts";
import { ProtocolError } from "../../protocol/protocol_error.ts";

/** Mode of a file that is put without one. */
const DEFAULT_MODE = 0o644;

/** Bytes that the names in one answer may take: the line must fit a client's buffer. */
const NAMES_BYTES = 40_000;

/** Asks the keepers of sandboxes for their files. */
export class Files {
  readonly #program: Program;

  constructor(readonly platform: Platform) {
    this.#program = new Program(platform.arch);
  }

  /** Opens a file to be written from the start. `take` gets its descriptor, or what is wrong. */
  create(
    sandbox: Sandbox,
    path: string,
    mode: number | undefined,
    take: (file: number | ProtocolError) => void,
  ): void {
    this.#open(sandbox, path, mode ?? DEFAULT_MODE, take);
  }

  /**
   * Opens a regular file to be read. `take` gets its descriptor and size in bytes, or what is
   * wrong.
   */
  read(
    sandbox: Sandbox,
    path: string,
    take: (file: { fd: number; size: number } | ProtocolError) => void,
  ): void {
    this.#open(sandbox, path, undefined, (fd) => {
      if (fd instanceof ProtocolError) return take(fd);
      take({ fd, size: Number(fstat(fd).size) });
    });
  }

  /** Lists a directory. `take` gets its entries by name, or what is wrong. */
  list(
    sandbox: Sandbox,
    path: string,
    take: (entries: { entries: FileEntry[]; truncated: boolean } | ProtocolError) => void,
  ): void {
    listProgram(this.#program.reset(), path);
    sandbox.ask(this.#program, (message) => {
      const opened = Number(message.getBigInt64(8, true));
      if (opened < 0) {
        take(problem(-opened));
        return true;
      }
      const count = Math.max(0, Number(message.getBigInt64(16, true)));
      const names = directoryNames(new Uint8Array(message.buffer, message.byteOffset + 24, count));
      names.sort();
      const kept = fitting(names);
      this.#stat(sandbox, path, kept, [], (entries) => {
        take({ entries, truncated: kept.length < names.length });
      });
      return true;
    });
  }

  #open(
    sandbox: Sandbox,
    path: string,
    mode: number | undefined,
    take: (file: number | ProtocolError) => void,
  ): void {
    openProgram(this.#program.reset(), this.platform, path, mode);
    let file = -1;
    sandbox.ask(this.#program, (message, fds) => {
      if (fds.length > 0) {
        file = fds[0];
        return false;
      }
      const result = Number(message.getBigInt64(8, true));
      if (result < 0) take(problem(-result));
      else if (file < 0) take(new ProtocolError("internal", "could not be handed over", "path"));
      else if (isRegular(file)) take(file);
      else {
        closeFd(file);
        take(new ProtocolError("not_found", "must be a regular file", "path"));
      }
      return true;
    });
  }

  #stat(
    sandbox: Sandbox,
    path: string,
    names: string[],
    found: FileEntry[],
    take: (entries: FileEntry[]) => void,
  ): void {
    if (names.length === 0) return take(found);
    const batch = names.slice(0, BATCH);
    statxProgram(this.#program.reset(), path, batch);
    sandbox.ask(this.#program, (message) => {
      batch.forEach((name, index) => {
        const at = 16 + (8 + STATX_SIZE) * index;
        if (message.getBigInt64(at, true) === 0n) found.push(readEntry(message, at + 8, name));
      });
      this.#stat(sandbox, path, names.slice(BATCH), found, take);
      return true;
    });
  }
}

function isRegular(fd: number): boolean {
  return fstat(fd).isFile;
}

/** struct statx: stx_mode at 28 (16 bits), stx_size at 40. */
function readEntry(message: DataView, at: number, name: string): FileEntry {
  const mode = message.getUint16(at + 28, true);
  const type = mode & S_IFMT;
  const kind = type === S_IFREG
    ? "file"
    : type === S_IFDIR
    ? "directory"
    : type === S_IFLNK
    ? "symlink"
    : "other";
  return { name, kind, size: Number(message.getBigUint64(at + 40, true)), mode: mode & 0o7777 };
}

function fitting(names: readonly string[]): string[] {
  let bytes = 0;
  return names.filter((name) => (bytes += name.length * 3 + 80) <= NAMES_BYTES);
}

/** What a failed open means to the client. */
function problem(errno: number): ProtocolError {
  switch (errno) {
    case E.ENOENT:
    case E.ENOTDIR:
      return new ProtocolError("not_found", "must be the path of a file that is there", "path");
    case E.EISDIR:
    case E.ENXIO:
    case E.ENODEV:
      return new ProtocolError("not_found", "must be a regular file", "path");
    case E.ELOOP:
    case E.EXDEV:
      return new ProtocolError("forbidden_path", "must not lead through a link", "path");
    case E.ENOSPC:
    case E.EDQUOT:
      return new ProtocolError("no_space", "must find room in the sandbox directory", "path");
    default:
      return new ProtocolError("internal", `could not be opened (${errnoName(errno)})`, "path");
  }
}
