// Whole directories, to a sandbox and back: many requests of the client's, some of them at a time.
//
// The agent knows no archives: it parses nothing of what a stranger made. What comes back from a
// sandbox is hostile, so nothing of it is written outside of the directory that it is meant for: no
// name, no link, no place behind a link.

import {
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  symlink,
  unlink,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { brokenPathRule } from "../protocol/path_rule.ts";
import type { FileEntry } from "../protocol/protocol.ts";

/** What of a client is needed here. */
export interface DirectoryClient {
  /** As `Client.put`. */
  put(path: string, content: Uint8Array, options: { mode: number }): Promise<void>;
  /** As `Client.mkdir`. */
  mkdir(path: string, options: { mode: number }): Promise<void>;
  /** As `Client.link`. */
  link(path: string, target: string): Promise<void>;
  /** As `Client.get`. */
  get(path: string): Promise<Uint8Array<ArrayBuffer>>;
  /** As `Client.list`. */
  list(path: string | undefined, options: { recursive: true }): Promise<FileEntry[]>;
}

/** How far a transfer has come. */
export interface Progress {
  /** Files that are through. */
  readonly files: number;
  /** All files of the directory. */
  readonly totalFiles: number;
  /** Bytes of the files that are through. */
  readonly bytes: number;
}

/** How to transfer a directory. */
export interface TransferOptions {
  /** Called after each file. */
  readonly onProgress?: (progress: Progress) => void;
}

/** How to fetch a directory. */
export interface FetchOptions extends TransferOptions {
  /**
   * The most bytes that all files together may have: 1 GiB where nothing is said. A sandbox holds
   * far less, but an agent that was taken over could send files without end.
   */
  readonly maxBytes?: number;
}

/** What was transferred. */
export interface Transferred {
  /** Files, without directories and links. */
  readonly files: number;
  /** The size of them all. */
  readonly bytes: number;
  /**
   * What was left out, as paths below the directory: sockets, devices, links that lead outside, and
   * names that no request can say, since they are not UTF-8 (shown escaped) or too long.
   */
  readonly skipped: readonly string[];
}

/** Requests that are on their way at once. */
const AT_ONCE = 16;

interface LocalEntry {
  /** Below the directory, with "/". */
  readonly path: string;
  readonly kind: FileEntry["kind"];
  readonly mode: number;
}

/**
 * Writes a directory of this machine, with all that is in it, into the sandbox directory.
 *
 * @param to A path below the sandbox directory; "." is itself.
 * @throws {RequestError} The agent refused one of them; those before it are there.
 */
export async function putDirectory(
  client: DirectoryClient,
  from: string,
  to: string,
  { onProgress }: TransferOptions = {},
): Promise<Transferred> {
  const entries = await localEntries(from);
  const there = (path: string) => to === "." ? path : `${to}/${path}`;
  const files = entries.filter(({ kind }) => kind === "file");
  const progress = new Count(files.length, onProgress);
  if (to !== ".") await client.mkdir(to, { mode: 0o755 });
  // In the order of the walk: a directory is there, with its own mode, before what is in it.
  const directories = entries.filter(({ kind }) => kind === "directory");
  await forEach(directories, ({ path, mode }) => client.mkdir(there(path), { mode: mode | 0o700 }));
  await forEach(files, async ({ path, mode }) => {
    const content = await readFile(join(from, path));
    await client.put(there(path), content, { mode });
    progress.add(content.length);
  });
  const links = entries.filter(({ kind }) => kind === "symlink");
  await forEach(links, async ({ path }) => {
    await client.link(there(path), await readlink(join(from, path)));
  });
  return progress.done(entries.filter(({ kind }) => kind === "other"));
}

/**
 * Fetches a directory of the sandbox directory, with all that is in it, into one of this machine. It
 * is made if it is missing; what is in it stays, but for files of the same names.
 *
 * @param from A path below the sandbox directory; "." is itself.
 * @throws {RequestError} The agent refused one of them; those before it are there.
 * @throws {Error} Something on this machine is in the way, or there is more than `maxBytes`.
 */
export async function getDirectory(
  client: DirectoryClient,
  from: string,
  to: string,
  { onProgress, maxBytes = 1 << 30 }: FetchOptions = {},
): Promise<Transferred> {
  let left = maxBytes;
  const listed = await client.list(from === "." ? undefined : from, { recursive: true });
  const entries = listed.map((entry) => ({ ...entry, path: entry.name }));
  const there = (path: string) => from === "." ? path : `${from}/${path}`;
  const isSafe = ({ path, escaped, kind, target }: (typeof entries)[number]) =>
    !escaped && brokenPathRule(path) === null && brokenPathRule(there(path)) === null &&
    (kind === "file" || kind === "directory" ||
      (kind === "symlink" && target !== undefined && linkStaysInside(path, target)));
  const safe = entries.filter(isSafe);
  const files = safe.filter(({ kind }) => kind === "file");
  const progress = new Count(files.length, onProgress);
  await mkdir(to, { recursive: true });
  // Sorted by path, so a directory comes before what is in it.
  for (const { path, kind } of safe) if (kind === "directory") await ownDirectory(join(to, path));
  await forEach(files, async ({ path, mode }) => {
    const content = await client.get(there(path));
    left -= content.length;
    if (left < 0) throw new Error(`Cannot fetch "${from}": it has more than ${maxBytes} bytes`);
    await makeWay(join(to, path));
    await writeFile(join(to, path), content, { mode: mode & 0o777, flag: "wx" });
    progress.add(content.length);
  });
  for (const { path, kind, target } of safe) {
    if (kind !== "symlink") continue;
    await makeWay(join(to, path));
    await symlink(target!, join(to, path));
  }
  return progress.done(entries.filter((entry) => !isSafe(entry)));
}

/**
 * Whether a link cannot lead out of the directory that `path` is below. Steps up may stand only
 * before all others, and no more than there are directories: behind another link ".." could lead
 * anywhere.
 */
export function linkStaysInside(path: string, target: string): boolean {
  if (target === "" || target.startsWith("/") || target.includes("\0")) return false;
  const names = target.split("/").filter((name) => name !== "" && name !== ".");
  const ups = names.findIndex((name) => name !== "..");
  const leading = ups < 0 ? names.length : ups;
  return leading <= path.split("/").length - 1 && !names.slice(leading).includes("..");
}

/** Every entry below a directory, directories before what is in them. */
async function localEntries(from: string, below = ""): Promise<LocalEntry[]> {
  const entries: LocalEntry[] = [];
  for (const name of (await readdir(join(from, below))).sort()) {
    const path = below === "" ? name : `${below}/${name}`;
    const status = await lstat(join(from, path));
    const kind = status.isFile()
      ? "file"
      : status.isDirectory()
      ? "directory"
      : status.isSymbolicLink()
      ? "symlink"
      : "other";
    entries.push({ path, kind, mode: status.mode & 0o777 });
    if (kind === "directory") entries.push(...await localEntries(from, path));
  }
  return entries;
}

/** Makes a directory, unless a true one is there. */
async function ownDirectory(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if ((error as { code?: string }).code !== "EEXIST") throw error;
    if ((await lstat(path)).isDirectory()) return;
    throw new Error(`Cannot fetch into "${path}": it is no directory`, { cause: error });
  }
}

/** Removes a file or link that has the name of what is to be written. */
async function makeWay(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOENT") throw error;
  }
}

/** Does `work` for every item, in order, a few at a time; the first failure ends it. */
async function forEach<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const worker = async () => {
    while (next < items.length && !failed) {
      try {
        await work(items[next++]);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const workers = Array.from({ length: AT_ONCE }, worker);
  await Promise.allSettled(workers);
  await Promise.all(workers);
}

/** Counts files that are through. */
class Count {
  #files = 0;
  #bytes = 0;

  constructor(
    readonly total: number,
    readonly onProgress: ((progress: Progress) => void) | undefined,
  ) {}

  add(bytes: number): void {
    this.#bytes += bytes;
    this.#files++;
    this.onProgress?.({ files: this.#files, totalFiles: this.total, bytes: this.#bytes });
  }

  done(skipped: readonly { path: string }[]): Transferred {
    return { files: this.#files, bytes: this.#bytes, skipped: skipped.map(({ path }) => path) };
  }
}
