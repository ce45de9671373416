// Reads what getdents64(2) wrote: the names in a directory.

const decoder = new TextDecoder();

/** The names in a block of struct linux_dirent64, without "." and "..". */
export function directoryNames(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const names: string[] = [];
  for (let at = 0; at + 19 <= bytes.length;) {
    const length = view.getUint16(at + 16, true);
    if (length < 19) break;
    const name = bytes.subarray(at + 19, at + length);
    const end = name.indexOf(0);
    const text = decoder.decode(end < 0 ? name : name.subarray(0, end));
    if (text !== "." && text !== "..") names.push(text);
    at += length;
  }
  return names;
}
