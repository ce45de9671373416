// A cpio archive in the "newc" format, which the kernel unpacks as its first root file system.
//
// Format: Documentation/driver-api/early-userspace/buffer-format.rst of the kernel. cpio(1) is not
// used because it stores times and inode numbers of the building machine: here every time is 0 and
// inodes are numbered in order.

import type { TreeEntry } from "./file_tree.ts";

const S_IF = { file: 0o100000, directory: 0o040000, symlink: 0o120000, device: 0o020000 } as const;
const encoder = new TextEncoder();

function header(fields: readonly number[]): string {
  return "070701" + fields.map((field) => field.toString(16).padStart(8, "0")).join("");
}

/** Everything of one entry except the file's bytes: header, name, padding. */
function entryHead(entry: TreeEntry, inode: number, sizeBytes: number): Uint8Array<ArrayBuffer> {
  const name = encoder.encode(entry.path + "\0");
  const text = header([
    inode,
    S_IF[entry.kind] | entry.mode,
    entry.uid,
    entry.gid,
    entry.kind === "directory" ? 2 : 1,
    0, // mtime
    sizeBytes,
    0, // device that holds the file: major, minor
    0,
    entry.device?.major ?? 0,
    entry.device?.minor ?? 0,
    name.length,
    0, // checksum: none in this format
  ]);
  const head = new Uint8Array(align4(text.length + name.length));
  head.set(encoder.encode(text));
  head.set(name, text.length);
  return head;
}

const align4 = (size: number) => (size + 3) & ~3;

/**
 * The archive as pieces in order, so that large files are not copied. Padded to whole blocks of 512
 * bytes.
 */
export function cpioPieces(entries: readonly TreeEntry[]): Uint8Array<ArrayBuffer>[] {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let total = 0;
  const put = (piece: Uint8Array<ArrayBuffer>) => {
    if (piece.length === 0) return;
    pieces.push(piece);
    total += piece.length;
  };
  entries.forEach((entry, i) => {
    const content = entry.kind === "symlink"
      ? encoder.encode(entry.target)
      : entry.bytes ?? new Uint8Array(0);
    put(entryHead(entry, i + 1, content.length));
    put(content);
    put(new Uint8Array(align4(content.length) - content.length));
  });
  const end: TreeEntry = { path: "TRAILER!!!", kind: "file", mode: 0, uid: 0, gid: 0, origin: "" };
  const trailer = entryHead(end, 0, 0);
  trailer.set(encoder.encode("00000000"), 14); // the trailer has no file type
  put(trailer);
  put(new Uint8Array((512 - total % 512) % 512));
  return pieces;
}

/** Writes an archive to a file. */
export async function writeCpio(path: string, entries: readonly TreeEntry[]): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  for (const piece of cpioPieces(entries)) {
    for (let at = 0; at < piece.length;) at += await file.write(piece.subarray(at));
  }
}
