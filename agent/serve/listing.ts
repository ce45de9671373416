// Lists a directory of a sandbox, or everything below it, a page at a time.
//
// Nothing is remembered between two pages: a cursor holds the path that the listing has come to and
// the position in each directory on its way. A directory that has gone in the meantime is passed
// over. Entries come in the directory's own order, each directory before what is in it.

import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from "../../linux/constants.ts";
import { E } from "../../linux/errno.ts";
import { directoryEntries, type DirectoryEntry } from "../../linux/directory.ts";
import type { Arch } from "../../linux/syscall_numbers.ts";
import { brokenPathRule, pathBytes } from "../../protocol/path_rule.ts";
import type { FileEntry } from "../../protocol/protocol.ts";
import { ProtocolError } from "../../protocol/protocol_error.ts";
import { fitsUtf8 } from "../../protocol/utf8.ts";
import {
  entriesProgram,
  FILES_BATCH,
  readLinkProgram,
  STATX_SIZE,
  statxProgram,
} from "../../sandbox/file_program.ts";
import { escapedName, textOfName } from "../../sandbox/name.ts";
import { Program } from "../../sandbox/program.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { fileProblem } from "./file_problem.ts";

/** Bytes that the entries of one answer may take: the line must fit a client's buffer. */
const PAGE_BYTES = 40_000;
/** Bytes of an entry besides its name and its target, which take up to six for a character. */
const ENTRY_BYTES = 100;

/** Why a directory on the way is passed over: it is gone, or is another thing by now. */
const passedOver = new Set<number>([E.ENOENT, E.ENOTDIR, E.ELOOP, E.EACCES]);

/** One answer: entries, and where the next one begins if there are more. */
export interface Page {
  readonly entries: FileEntry[];
  readonly cursor?: string;
}

/** Told the page, or what is wrong. */
export type TakePage = (page: Page | ProtocolError) => void;

/** Asks the keepers of sandboxes for their directories. */
export class Listing {
  readonly #program: Program;

  constructor(arch: Arch) {
    this.#program = new Program(arch);
  }

  /**
   * Lists one page.
   *
   * @param cursor Where the page before ended; undefined for the first one.
   */
  list(
    sandbox: Sandbox,
    path: string,
    recursive: boolean,
    cursor: string | undefined,
    take: TakePage,
  ): void {
    try {
      new Walk(this.#program, sandbox, path, recursive, cursor, take).go();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      take(error);
    }
  }
}

/** A directory on the way, and how far it was read. */
interface Level {
  /** Below the directory that is listed; "" is itself. */
  readonly path: string;
  position: bigint;
  /** Names behind `position` that were read and not looked at. */
  names: DirectoryEntry[];
  /** Names that were looked at and are not in the page yet. */
  known: { readonly next: bigint; readonly entry: FileEntry }[];
}

/** One page in the making. */
class Walk {
  readonly #entries: FileEntry[] = [];
  readonly #levels: Level[];
  #bytes = 0;

  constructor(
    readonly program: Program,
    readonly sandbox: Sandbox,
    readonly root: string,
    readonly recursive: boolean,
    cursor: string | undefined,
    readonly take: TakePage,
  ) {
    this.#levels = cursor === undefined ? [level("", 0n)] : levelsOf(cursor, recursive);
  }

  /** Goes on until it has to wait for the keeper, or the page is done. */
  go(): void {
    for (;;) {
      const top = this.#levels.at(-1);
      if (top === undefined) return this.take({ entries: this.#entries });
      const next = top.known[0];
      if (next === undefined) {
        return top.names.length > 0 ? this.#look(top) : this.#read(top);
      }
      const { entry } = next;
      const size = ENTRY_BYTES + 6 * (entry.name.length + (entry.target?.length ?? 0));
      // The first one always fits, or nothing would ever go on.
      if (this.#entries.length > 0 && this.#bytes + size > PAGE_BYTES) {
        return this.take({ entries: this.#entries, cursor: cursorOf(this.#levels) });
      }
      this.#bytes += size;
      this.#entries.push(entry);
      top.known.shift();
      top.position = next.next;
      // What is below a longer path, or one that is not text, could be neither fetched nor put.
      const enter = this.recursive && entry.kind === "directory" && !entry.escaped &&
        fitsUtf8(this.#full(entry.name), pathBytes);
      if (enter) this.#levels.push(level(entry.name, 0n));
    }
  }

  #full(path: string): string {
    if (path === "") return this.root;
    return this.root === "." ? path : `${this.root}/${path}`;
  }

  #read(top: Level): void {
    entriesProgram(this.program.reset(), this.#full(top.path), top.position);
    this.sandbox.ask(this.program, (message) => {
      const opened = Number(message.getBigInt64(8, true));
      if (opened < 0 && (top.path === "" || !passedOver.has(-opened))) {
        this.take(fileProblem(-opened));
        return true;
      }
      const result = opened < 0 ? 0 : Number(message.getBigInt64(16, true));
      // Not a shorter listing. A directory that was removed meanwhile has no entries (ENOENT).
      if (result < 0 && (top.path === "" || result !== -E.ENOENT)) {
        this.take(fileProblem(-result));
        return true;
      }
      const count = Math.max(0, result);
      const block = new Uint8Array(message.buffer, message.byteOffset + 24, count);
      top.names = directoryEntries(block);
      // Nothing but "." and "..": the end. A block is large enough for these and one name more.
      if (top.names.length === 0) this.#levels.pop();
      this.go();
      return true;
    });
  }

  #look(top: Level): void {
    const batch = top.names.splice(0, FILES_BATCH);
    const path = this.#full(top.path);
    statxProgram(this.program.reset(), path, batch.map(({ name }) => name));
    this.sandbox.ask(this.program, (message) => {
      const links: Link[] = [];
      const opened = Number(message.getBigInt64(8, true));
      const wrong = opened >= 0
        ? batch.map((_, index) => message.getBigInt64(16 + (8 + STATX_SIZE) * index, true))
          .map(Number).find((result) => result < 0 && result !== -E.ENOENT)
        : top.path === "" || !passedOver.has(-opened)
        ? opened
        : undefined;
      if (wrong !== undefined) {
        this.take(fileProblem(-wrong));
        return true;
      }
      batch.forEach(({ name, next }, index) => {
        const at = 16 + (8 + STATX_SIZE) * index;
        if (message.getBigInt64(at, true) !== 0n) return; // gone
        const entry = readEntry(message, at + 8, name, top.path);
        top.known.push({ next, entry });
        if (entry.kind === "symlink") links.push({ directory: path, name, entry });
      });
      // Nothing of them is there any more: the position goes on all the same.
      if (top.known.length === 0) top.position = batch.at(-1)!.next;
      this.#readLinks(links);
      return true;
    });
  }

  #readLinks(links: Link[]): void {
    const link = links.shift();
    if (link === undefined) return this.go();
    readLinkProgram(this.program.reset(), link.directory, link.name);
    this.sandbox.ask(this.program, (message) => {
      const count = Number(message.getBigInt64(8, true));
      const target = new Uint8Array(message.buffer, message.byteOffset + 16, Math.max(0, count));
      if (count > 0) link.entry.target = textOfName(target);
      this.#readLinks(links);
      return true;
    });
  }
}

/** A symbolic link whose text is not read yet. */
interface Link {
  readonly directory: string;
  readonly name: Uint8Array;
  readonly entry: FileEntry;
}

function level(path: string, position: bigint): Level {
  return { path, position, names: [], known: [] };
}

/** "4.17:src/lib": position 4 in the root, 17 in src, and so on; the last one in the path itself. */
function cursorOf(levels: readonly Level[]): string {
  return `${levels.map(({ position }) => position).join(".")}:${levels.at(-1)!.path}`;
}

function levelsOf(cursor: string, recursive: boolean): Level[] {
  const colon = cursor.indexOf(":");
  const positions = cursor.slice(0, colon).split(".").map(BigInt);
  const path = cursor.slice(colon + 1);
  const names = path === "" ? [] : path.split("/");
  const broken = path !== "" && brokenPathRule(path) !== null;
  if (broken || positions.length !== names.length + 1 || (!recursive && names.length > 0)) {
    throw new ProtocolError("bad_request", "must be the cursor of an answer", "cursor");
  }
  return positions.map((position, depth) => level(names.slice(0, depth).join("/"), position));
}

/** struct statx: stx_mode at 28 (16 bits), stx_size at 40. */
function readEntry(message: DataView, at: number, name: Uint8Array, directory: string): FileEntry {
  const text = textOfName(name);
  const shown = text ?? escapedName(name);
  const mode = message.getUint16(at + 28, true);
  return {
    name: directory === "" ? shown : `${directory}/${shown}`,
    ...(text === undefined ? { escaped: true } : {}),
    kind: kinds.get(mode & S_IFMT) ?? "other",
    size: Number(message.getBigUint64(at + 40, true)),
    mode: mode & 0o7777,
  };
}

const kinds: ReadonlyMap<number, FileEntry["kind"]> = new Map([
  [S_IFREG, "file"],
  [S_IFDIR, "directory"],
  [S_IFLNK, "symlink"],
]);
