// Removes a file of a sandbox, or a directory with everything in it, whatever a job called it and
// however deep it lies.
//
// No job runs meanwhile, so nothing comes back that was removed. What cannot be removed ends it; what
// was removed before stays removed.

import { DT_DIR } from "../../linux/constants.ts";
import { directoryEntries } from "../../linux/directory.ts";
import { E } from "../../linux/errno.ts";
import type { Arch } from "../../linux/syscall_numbers.ts";
import {
  entriesProgram,
  FILES_BATCH,
  moveProgram,
  parted,
  removeProgram,
} from "../../sandbox/file_program.ts";
import { type Name, nameBelow } from "../../sandbox/name.ts";
import { Program } from "../../sandbox/program.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { fileProblem } from "./file_problem.ts";
import { changeProblem, type Done } from "./files.ts";

/** The longest path that is walked, in bytes: the kernel takes 4095. */
const LONGEST_PATH = 2048;

/** A directory on the way down. */
interface Level {
  readonly directory: Name;
  readonly name: Name;
  /** Both together. */
  readonly path: Name;
  /** The directories in it that were read and not entered. */
  inner: Uint8Array[];
  /** Whether nothing was in it at the last reading. */
  isEmpty: boolean;
}

function newLevel(directory: Name, name: Name, path: Name): Level {
  return { directory, name, path, inner: [], isEmpty: false };
}

/** Asks the keepers of sandboxes to remove files. */
export class Removal {
  readonly #program: Program;

  constructor(arch: Arch) {
    this.#program = new Program(arch);
  }

  /** Removes a file, a link or an empty directory, or with `recursive` any directory. */
  remove(sandbox: Sandbox, path: string, recursive: boolean, done: Done): void {
    const [directory, name] = parted(path);
    removeProgram(this.#program.reset(), directory, [name], false);
    sandbox.ask(this.#program, (message) => {
      const isDirectory = Number(message.getBigInt64(16, true)) === -E.EISDIR;
      if (!isDirectory) done(changeProblem(message));
      else if (recursive) this.#empty(sandbox, [newLevel(directory, name, path)], done);
      else this.#change(sandbox, directory, [name], true, done);
      return true;
    });
  }

  /** Reads the last of `levels` and removes its files; then its directories, then itself. */
  #empty(sandbox: Sandbox, levels: Level[], done: Done): void {
    const level = levels.at(-1)!;
    entriesProgram(this.#program.reset(), level.path, 0n);
    sandbox.ask(this.#program, (message) => {
      const opened = Number(message.getBigInt64(8, true));
      if (opened < 0) {
        done(fileProblem(-opened));
        return true;
      }
      const count = Math.max(0, Number(message.getBigInt64(16, true)));
      const found = directoryEntries(
        new Uint8Array(message.buffer, message.byteOffset + 24, count),
      );
      const names = (ofDirectories: boolean) =>
        found.filter(({ type }) => (type === DT_DIR) === ofDirectories).map(({ name }) => name);
      level.inner = names(true);
      level.isEmpty = found.length === 0;
      this.#change(sandbox, level.path, names(false), false, (problem) => {
        if (problem !== undefined) done(problem);
        else this.#next(sandbox, levels, done);
      });
      return true;
    });
  }

  /** Goes down into the next directory, or up once there is none. */
  #next(sandbox: Sandbox, levels: Level[], done: Done): void {
    const level = levels.at(-1);
    if (level === undefined) return done(undefined);
    const name = level.inner.pop();
    if (name === undefined) return this.#goUp(sandbox, levels, done);
    const path = nameBelow(level.path, name);
    if (path.length > LONGEST_PATH) return this.#moveUp(sandbox, levels, name, done);
    levels.push(newLevel(level.path, name, path));
    this.#empty(sandbox, levels, done);
  }

  /** Removes the last of `levels`, unless more is in it than one reading shows. */
  #goUp(sandbox: Sandbox, levels: Level[], done: Done): void {
    const { directory, name, isEmpty } = levels.at(-1)!;
    removeProgram(this.#program.reset(), directory, [name], true);
    sandbox.ask(this.#program, (message) => {
      const errno = -Number(message.getBigInt64(16, true));
      const problem = changeProblem(message);
      if (errno === E.ENOTEMPTY && !isEmpty) this.#empty(sandbox, levels, done);
      else if (problem !== undefined) done(problem);
      else {
        levels.pop();
        this.#next(sandbox, levels, done);
      }
      return true;
    });
  }

  /** Moves a directory that lies too deep into the first of `levels`, where it is removed later. */
  #moveUp(sandbox: Sandbox, levels: Level[], name: Uint8Array, done: Done): void {
    const [from, to] = [levels.at(-1)!.path, levels[0].path];
    moveProgram(this.#program.reset(), from, name, to, `deep-${Math.random()}`);
    sandbox.ask(this.#program, (message) => {
      const errno = -Number(message.getBigInt64(16, true));
      if (errno === E.EEXIST) this.#moveUp(sandbox, levels, name, done); // by another name
      else if (errno > 0) done(fileProblem(errno));
      else this.#next(sandbox, levels, done);
      return true;
    });
  }

  #change(
    sandbox: Sandbox,
    directory: Name,
    names: readonly Name[],
    areDirectories: boolean,
    done: Done,
  ): void {
    if (names.length === 0) return done(undefined);
    removeProgram(this.#program.reset(), directory, names.slice(0, FILES_BATCH), areDirectories);
    sandbox.ask(this.#program, (message) => {
      const problem = changeProblem(message);
      if (problem !== undefined) done(problem);
      else this.#change(sandbox, directory, names.slice(FILES_BATCH), areDirectories, done);
      return true;
    });
  }
}
