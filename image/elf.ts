// What an ELF file needs to run: its interpreter and the shared libraries it names.
//
// Only reads bytes (elf(5)). ldd is not used to find the image's libraries because it would run the
// file's own loader on the building machine.

/** What one ELF file needs. */
export interface ElfNeeds {
  /** Machine number: 62 is x86_64, 183 aarch64. */
  machine: number;
  /** Path of the loader, for programs. */
  interpreter: string | null;
  /** DT_NEEDED: names without a directory. */
  libraries: string[];
}

const PT_LOAD = 1, PT_DYNAMIC = 2, PT_INTERP = 3;
const DT_NULL = 0, DT_NEEDED = 1, DT_STRTAB = 5;

/**
 * Reads a little-endian ELF64 file; null if the bytes are not one. Throws RangeError for a broken
 * one.
 */
export function elfNeeds(bytes: Uint8Array<ArrayBuffer>): ElfNeeds | null {
  if (bytes.length < 64 || bytes[0] !== 0x7f || bytes[1] !== 0x45 || bytes[2] !== 0x4c) return null;
  if (bytes[3] !== 0x46 || bytes[4] !== 2 || bytes[5] !== 1) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (at: number) => Number(view.getBigUint64(at, true));
  const needs: ElfNeeds = { machine: view.getUint16(18, true), interpreter: null, libraries: [] };

  const segments: { type: number; offset: number; address: number; size: number }[] = [];
  const [tableAt, size, count] = [word(32), view.getUint16(54, true), view.getUint16(56, true)];
  for (let i = 0; i < count; i++) {
    const at = tableAt + i * size;
    const segment = {
      type: view.getUint32(at, true),
      offset: word(at + 8),
      address: word(at + 16),
      size: word(at + 32),
    };
    segments.push(segment);
  }
  const textAt = (at: number) => {
    const end = bytes.indexOf(0, at);
    return new TextDecoder().decode(bytes.subarray(at, end < 0 ? undefined : end));
  };
  const offsetOf = (address: number) => {
    const s = segments.find((s) =>
      s.type === PT_LOAD && s.address <= address && address < s.address + s.size
    );
    if (s === undefined) throw new RangeError(`Cannot find address ${address} in the ELF file`);
    return address - s.address + s.offset;
  };

  for (const segment of segments) {
    if (segment.type === PT_INTERP) needs.interpreter = textAt(segment.offset);
    if (segment.type !== PT_DYNAMIC) continue;
    const names: number[] = [];
    let strings = 0;
    for (let at = segment.offset; at + 16 <= segment.offset + segment.size; at += 16) {
      const tag = word(at);
      if (tag === DT_NULL) break;
      if (tag === DT_NEEDED) names.push(word(at + 8));
      if (tag === DT_STRTAB) strings = offsetOf(word(at + 8));
    }
    needs.libraries = names.map((name) => textAt(strings + name));
  }
  return needs;
}
