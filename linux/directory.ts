// Reads what getdents64(2) wrote: the entries of a directory.

const decoder = new TextDecoder();

/** One entry of a directory. */
export interface DirectoryEntry {
  readonly name: string;
  /** Where lseek(2) goes to read what follows this entry (d_off). */
  readonly next: bigint;
  /** What it is: DT_DIR, DT_LNK ... (d_type). */
  readonly type: number;
}

/** The names in a block of struct linux_dirent64, without "." and "..". */
export function directoryNames(bytes: Uint8Array): string[] {
  return directoryEntries(bytes).map(({ name }) => name);
}

/** The entries in a block of struct linux_dirent64, without "." and "..". */
export function directoryEntries(bytes: Uint8Array): DirectoryEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const entries: DirectoryEntry[] = [];
  for (let at = 0; at + 19 <= bytes.length;) {
    const length = view.getUint16(at + 16, true);
    if (length < 19) break;
    const name = bytes.subarray(at + 19, at + length);
    const end = name.indexOf(0);
    const text = decoder.decode(end < 0 ? name : name.subarray(0, end));
    if (text !== "." && text !== "..") {
      const next = view.getBigInt64(at + 8, true);
      entries.push({ name: text, next, type: view.getUint8(at + 18) });
    }
    at += length;
  }
  return entries;
}
