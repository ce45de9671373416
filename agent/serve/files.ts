// The files of a sandbox, one at a time, through its keeper: opened, and made.
//
// The keeper opens files and passes their descriptors; the agent only reads and writes those. Files
// that a job left behind are hostile: a name may be a link, a FIFO or a directory, and is then
// refused.

import { E } from "../../linux/errno.ts";
import { closeFd } from "../../linux/fd.ts";
import { fstat } from "../../linux/file.ts";
import {
  directoriesProgram,
  FILES_BATCH,
  linkProgram,
  openProgram,
  readOpened,
} from "../../sandbox/file_program.ts";
import type { Platform } from "../../sandbox/layout.ts";
import { Program } from "../../sandbox/program.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { ProtocolError } from "../../protocol/protocol_error.ts";
import { fileProblem } from "./file_problem.ts";

/** Mode of a file that is put without one. */
const FILE_MODE = 0o644;
/** Mode of a directory that is made without one. */
const DIRECTORY_MODE = 0o755;

/** Told when something was done, or what was wrong with it. */
export type Done = (problem: ProtocolError | undefined) => void;

/** Asks the keepers of sandboxes for files. */
export class Files {
  readonly #program: Program;

  constructor(readonly platform: Platform) {
    this.#program = new Program(platform.arch);
  }

  /**
   * Opens a file to be written from the start; directories above it that are missing are made.
   * `take` gets its descriptor, or what is wrong.
   */
  create(
    sandbox: Sandbox,
    path: string,
    mode: number | undefined,
    take: (file: number | ProtocolError) => void,
  ): void {
    const open = (then: (file: number) => void) =>
      this.#open(sandbox, path, mode ?? FILE_MODE, then);
    open((file) => {
      if (file !== -E.ENOENT || !path.includes("/")) return take(checked(file));
      this.#makeAbove(sandbox, path, (problem) => {
        if (problem !== undefined) take(problem);
        else open((file) => take(checked(file)));
      });
    });
  }

  /**
   * Opens a regular file for reading. `take` gets its descriptor and size in bytes, or the error.
   */
  read(
    sandbox: Sandbox,
    path: string,
    take: (file: { fd: number; size: number } | ProtocolError) => void,
  ): void {
    this.#open(sandbox, path, undefined, (opened) => {
      const fd = checked(opened);
      take(fd instanceof ProtocolError ? fd : { fd, size: Number(fstat(fd).size) });
    });
  }

  /** Makes a directory, and those above it. One that is there stays as it is. */
  makeDirectory(sandbox: Sandbox, path: string, mode: number | undefined, done: Done): void {
    this.#makeAbove(sandbox, path, (problem) => {
      if (problem !== undefined) done(problem);
      else this.#makeDirectories(sandbox, [path], mode ?? DIRECTORY_MODE, done);
    });
  }

  /** Makes a symbolic link, and the directories above it. It replaces a file or a link. */
  makeLink(sandbox: Sandbox, path: string, target: string, done: Done): void {
    this.#makeAbove(sandbox, path, (problem) => {
      if (problem !== undefined) return done(problem);
      linkProgram(this.#program.reset(), this.platform, path, target);
      sandbox.ask(this.#program, (message) => {
        done(changeProblem(message));
        return true;
      });
    });
  }

  #makeAbove(sandbox: Sandbox, path: string, done: Done): void {
    const names = path.split("/").slice(0, -1);
    const paths = names.map((_, index) => names.slice(0, index + 1).join("/"));
    this.#makeDirectories(sandbox, paths, DIRECTORY_MODE, done);
  }

  #makeDirectories(sandbox: Sandbox, paths: readonly string[], mode: number, done: Done): void {
    if (paths.length === 0) return done(undefined);
    directoriesProgram(this.#program.reset(), this.platform, paths.slice(0, FILES_BATCH), mode);
    sandbox.ask(this.#program, (message) => {
      const problem = changeProblem(message, E.EEXIST);
      if (problem !== undefined) done(problem);
      else this.#makeDirectories(sandbox, paths.slice(FILES_BATCH), mode, done);
      return true;
    });
  }

  /** `take` gets the descriptor, or minus the error number. */
  #open(
    sandbox: Sandbox,
    path: string,
    mode: number | undefined,
    take: (file: number) => void,
  ): void {
    openProgram(this.#program.reset(), this.platform, path, mode);
    let file = -E.EBADF;
    sandbox.ask(this.#program, (message, fds) => {
      if (fds.length > 0) {
        file = fds[0];
        return false;
      }
      const result = readOpened(message);
      if (result < 0 && file >= 0) closeFd(file);
      take(result < 0 ? result : file);
      return true;
    });
  }
}

/** A descriptor that is a regular file's, or what is wrong with what was opened. */
function checked(file: number): number | ProtocolError {
  if (file < 0) return fileProblem(-file);
  if (fstat(file).isFile) return file;
  closeFd(file);
  return new ProtocolError("not_found", "must be a regular file", "path");
}

/**
 * What a `changed` report tells: the first call that failed, or that the directory could not be
 * opened.
 *
 * @param fine The error number that is none.
 */
export function changeProblem(message: DataView, fine?: number): ProtocolError | undefined {
  for (let at = 16; at + 8 <= message.byteLength; at += 8) {
    const errno = -Number(message.getBigInt64(at, true));
    // Without a directory each call on it fails so; the report says how the opening went.
    if (errno > 0 && errno !== fine && errno !== E.EBADF) return fileProblem(errno);
  }
  const opened = Number(message.getBigInt64(8, true));
  return opened < 0 ? fileProblem(-opened) : undefined;
}
