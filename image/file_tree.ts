// The guest's file system while it is being built: every file with its mode, owner, bytes and
// origin.
//
// Every entry must have an origin, and no entry may be setuid. The order of entries never depends
// on the order in which they were added, so the same input gives the same image.

/** The kind of a file. `device` is a character device. */
export type Kind = "file" | "directory" | "symlink" | "device";

/** One file. `path` has no slash at either end. uid and gid are 0 by default. */
export interface TreeEntry {
  path: string;
  kind: Kind;
  /** Permission bits. */
  mode: number;
  uid: number;
  gid: number;
  /** A file's bytes. */
  bytes?: Uint8Array<ArrayBuffer>;
  /** A symlink's target. */
  target?: string;
  /** A device's numbers. */
  device?: { major: number; minor: number };
  /** The package and version it comes from, or "image" for what the build makes itself. */
  origin: string;
}

/** Directories that are symlinks into /usr on a Debian system, and so in the image too. */
const mergedDirectories = ["bin", "sbin", "lib", "lib64"];

/**
 * The place of a package's path on a system where /bin, /sbin, /lib and /lib64 are links into /usr.
 */
export function mergedPath(path: string): string {
  const clean = path.replace(/^[./]+/, "").replace(/\/+$/, "");
  const first = clean.split("/", 1)[0];
  return mergedDirectories.includes(first) ? `usr/${clean}` : clean;
}

/** A file system being built. */
export class FileTree {
  readonly #entries = new Map<string, TreeEntry>();

  constructor() {
    for (const name of mergedDirectories) {
      this.directory(`usr/${name}`);
      this.#entries.set(name, {
        path: name,
        kind: "symlink",
        mode: 0o777,
        uid: 0,
        gid: 0,
        target: `usr/${name}`,
        origin: "image",
      });
    }
  }

  /**
   * Adds one entry and the directories above it. Throws for a set-id bit, and for two different
   * files at the same path.
   */
  add(entry: Omit<TreeEntry, "uid" | "gid"> & { uid?: number; gid?: number }): void {
    const path = mergedPath(entry.path);
    const name = `"/${path}" of "${entry.origin}"`;
    if (path === "" || path.split("/").includes("..")) throw new Error(`Cannot add ${name}`);
    if ((entry.mode & 0o6000) !== 0) throw new Error(`Cannot add ${name}: it is setuid or setgid`);
    const there = this.#entries.get(path);
    if (there !== undefined && !(there.kind === "directory" && entry.kind === "directory")) {
      throw new Error(`Cannot add ${name}: it is there already, from "${there.origin}"`);
    }
    const above = path.lastIndexOf("/");
    if (above > 0) this.directory(path.slice(0, above));
    this.#entries.set(path, { uid: 0, gid: 0, ...entry, path });
  }

  /** Adds a directory with mode 755, unless it exists. */
  directory(path: string): void {
    const clean = mergedPath(path);
    if (clean === "" || this.#entries.has(clean)) return;
    this.add({ path: clean, kind: "directory", mode: 0o755, origin: "image" });
  }

  /** Adds a file that the build makes itself. */
  file(
    path: string,
    content: string | Uint8Array<ArrayBuffer>,
    mode = 0o644,
    origin = "image",
  ): void {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    this.add({ path, kind: "file", mode, bytes, origin });
  }

  /** Adds a symlink. */
  symlink(path: string, target: string, origin = "image"): void {
    this.add({ path, kind: "symlink", mode: 0o777, target, origin });
  }

  /** Whether the tree has an entry at a path. */
  has(path: string): boolean {
    return this.#entries.has(mergedPath(path));
  }

  /** All entries sorted by path, directories before their contents. */
  entries(): TreeEntry[] {
    return [...this.#entries.values()].sort((a, b) => a.path < b.path ? -1 : 1);
  }
}
