// Builds the launcher's executable: a static ELF64 file of a few hundred bytes.
//
// It loads only two segments: the file itself, readable and executable, and the arena, readable and
// writable. Nothing is ever both writable and executable, and there is no interpreter to load.

import type { Arch } from "../../linux/syscall_numbers.ts";
import { ARENA, ARENA_SIZE, launcherCode } from "./code.ts";

const LOAD_ADDRESS = 0x400000;
const HEADER_SIZE = 64;
const SEGMENT_SIZE = 56;
const PAGE = 0x1000;

const ET_EXEC = 2;
const EM = { x86_64: 62, aarch64: 183 } as const;
const PT_LOAD = 1;
const PT_GNU_STACK = 0x6474e551;
const PF_X = 1;
const PF_W = 2;
const PF_R = 4;

interface Segment {
  type: number;
  flags: number;
  address: number;
  fileSize: number;
  memorySize: number;
  align: number;
}

/**
 * The launcher as an executable file.
 *
 * @param arch The architecture it is to run on.
 * @returns The bytes of the file. Layout: elf(5).
 */
export function buildLauncher(arch: Arch): Uint8Array<ArrayBuffer> {
  const code = launcherCode[arch];
  const codeOffset = HEADER_SIZE + 3 * SEGMENT_SIZE;
  const size = codeOffset + code.length;
  const segments: Segment[] = [
    {
      type: PT_LOAD,
      flags: PF_R | PF_X,
      address: LOAD_ADDRESS,
      fileSize: size,
      memorySize: size,
      align: PAGE,
    },
    {
      type: PT_LOAD,
      flags: PF_R | PF_W,
      address: ARENA,
      fileSize: 0,
      memorySize: ARENA_SIZE,
      align: PAGE,
    },
    // Without this header the kernel would make the stack executable.
    { type: PT_GNU_STACK, flags: PF_R | PF_W, address: 0, fileSize: 0, memorySize: 0, align: 16 },
  ];

  const file = new Uint8Array(size);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // magic, 64 bits, little-endian, version 1
  view.setUint16(16, ET_EXEC, true);
  view.setUint16(18, EM[arch], true);
  view.setUint32(20, 1, true); // e_version
  view.setBigUint64(24, BigInt(LOAD_ADDRESS + codeOffset), true); // e_entry
  view.setBigUint64(32, BigInt(HEADER_SIZE), true); // e_phoff
  view.setUint16(52, HEADER_SIZE, true); // e_ehsize
  view.setUint16(54, SEGMENT_SIZE, true); // e_phentsize
  view.setUint16(56, segments.length, true); // e_phnum
  segments.forEach((segment, index) => {
    const at = HEADER_SIZE + index * SEGMENT_SIZE;
    view.setUint32(at, segment.type, true);
    view.setUint32(at + 4, segment.flags, true);
    view.setBigUint64(at + 8, 0n, true); // p_offset: the whole file
    view.setBigUint64(at + 16, BigInt(segment.address), true);
    view.setBigUint64(at + 24, BigInt(segment.address), true);
    view.setBigUint64(at + 32, BigInt(segment.fileSize), true);
    view.setBigUint64(at + 40, BigInt(segment.memorySize), true);
    view.setBigUint64(at + 48, BigInt(segment.align), true);
  });
  file.set(code, codeOffset);
  return file;
}
