// Reads what getdents64(2) wrote: the entries of a directory.

const decoder = new TextDecoder();

/** One entry of a directory. */
export interface DirectoryEntry {
  /** Its name: any bytes but "/" and NUL, not always UTF-8. */
  readonly name: Uint8Array;
  /** Where lseek(2) goes to read what follows this entry (d_off). */
  readonly next: bigint;
  /** What it is: DT_DIR, DT_LNK ... (d_type). */
  readonly type: number;
}

/** The names in a block of struct linux_dirent64, without "." and "..", where all are text. */
export function directoryNames(bytes: Uint8Array): string[] {
  return directoryEntries(bytes).map(({ name }) => decoder.decode(name));
}

/**
 * Those that begin with `prefix`, which is ASCII. Only these are read: all names of a directory take
 * a millisecond where nothing is compiled yet, as at a start.
 */
export function directoryNamesWith(prefix: string, bytes: Uint8Array): string[] {
  const names: string[] = [];
  for (let at = 0; at + 19 <= bytes.length;) {
    const length = bytes[at + 16] | bytes[at + 17] << 8;
    if (length < 19) break;
    let same = 0;
    while (same < prefix.length && bytes[at + 19 + same] === prefix.charCodeAt(same)) same++;
    if (same === prefix.length) names.push(...directoryNames(bytes.subarray(at, at + length)));
    at += length;
  }
  return names;
}

/** The entries in a block of struct linux_dirent64, without "." and "..". Copies the names. */
export function directoryEntries(bytes: Uint8Array): DirectoryEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const entries: DirectoryEntry[] = [];
  for (let at = 0; at + 19 <= bytes.length;) {
    const length = view.getUint16(at + 16, true);
    if (length < 19) break;
    const room = bytes.subarray(at + 19, at + length);
    const end = room.indexOf(0);
    const name = room.slice(0, end < 0 ? room.length : end);
    if (!isDots(name)) {
      const next = view.getBigInt64(at + 8, true);
      entries.push({ name, next, type: view.getUint8(at + 18) });
    }
    at += length;
  }
  return entries;
}

function isDots(name: Uint8Array): boolean {
  return name.length <= 2 && name.every((byte) => byte === 0x2e);
}
