// Removes a file of a sandbox, or a directory with everything in it.
//
// No job runs meanwhile, so nothing comes back that was removed. What cannot be removed ends it; what
// was removed before stays removed.

import { DT_DIR } from "../../linux/constants.ts";
import { directoryEntries, type DirectoryEntry } from "../../linux/directory.ts";
import { E } from "../../linux/errno.ts";
import type { Arch } from "../../linux/syscall_numbers.ts";
import { entriesProgram, FILES_BATCH, parted, removeProgram } from "../../sandbox/file_program.ts";
import { Program } from "../../sandbox/program.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { fileProblem } from "./file_problem.ts";
import { changeProblem, type Done } from "./files.ts";

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
      else if (recursive) this.#empty(sandbox, [path], done);
      else this.#change(sandbox, directory, [name], true, done);
      return true;
    });
  }

  /** Empties and removes the last of `paths`, then the one before it, and so on. */
  #empty(sandbox: Sandbox, paths: readonly string[], done: Done): void {
    const path = paths.at(-1);
    if (path === undefined) return done(undefined);
    entriesProgram(this.#program.reset(), path, 0n);
    sandbox.ask(this.#program, (message) => {
      const opened = Number(message.getBigInt64(8, true));
      if (opened < 0) {
        done(fileProblem(-opened));
        return true;
      }
      const count = Math.max(0, Number(message.getBigInt64(16, true)));
      const block = new Uint8Array(message.buffer, message.byteOffset + 24, count);
      this.#clear(sandbox, paths, directoryEntries(block), done);
      return true;
    });
  }

  #clear(sandbox: Sandbox, paths: readonly string[], found: DirectoryEntry[], done: Done): void {
    const path = paths.at(-1)!;
    const then: Done = (problem) => {
      if (problem !== undefined) done(problem);
      else this.#empty(sandbox, paths, done);
    };
    const inner = found.find(({ type }) => type === DT_DIR);
    const files = found.filter(({ type }) => type !== DT_DIR).map(({ name }) => name);
    if (files.length > 0) return this.#change(sandbox, path, files, false, then);
    if (inner !== undefined) return this.#empty(sandbox, [...paths, `${path}/${inner.name}`], done);
    const [directory, name] = parted(path);
    this.#change(sandbox, directory, [name], true, (problem) => {
      if (problem !== undefined) done(problem);
      else this.#empty(sandbox, paths.slice(0, -1), done);
    });
  }

  #change(
    sandbox: Sandbox,
    directory: string,
    names: readonly string[],
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
