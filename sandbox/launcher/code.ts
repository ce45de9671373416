// The launcher's machine code, one block of bytes for each architecture.
//
// The bytes are the assembler's output for launcher_x86_64.s and launcher_aarch64.s; code_test.ts
// assembles both again and compares. They are kept here so that a machine that runs Sallyport need
// not assemble anything or read a binary file.

import type { Arch } from "../../linux/syscall_numbers.ts";

/**
 * Address of the arena: programs and their data are read to it. The launcher's only writable
 * memory.
 */
export const ARENA = 0x10000000;

/** Size of the arena in bytes, and so of the largest possible program. */
export const ARENA_SIZE = 0x60000;

const x86_64 = `
  41bc0000001031c0bf030000004c89e6ba000006000f054885c07e63498d5c24
  408b0383f8ff74de488b7b08488b7310488b53184c8b53204c8b43284c8b4b30
  0f05488b4b38e3034889018b4b04f6c1017408483d01f0ffff73144885c07409
  c1e910c1e1064801cb4883c340ebb249895c24084989442410498b1c24eba2b8
  e700000031ff0f05`;

const aarch64 = `
  1300a2d2600080d2e10313aac200a0d2e80780d2010000d41f0000f10d030054
  74020191885640291f050031c0feff54808640a9828e41a9849642a9010000d4
  891e40f9490000b4200100f9750000361ffc3fb1c2000054600000b4b57e1053
  941a158b94020191efffff17740600f9600a00f9740240f9ebffff17000080d2
  c80b80d2010000d4`;

/** The launcher's instructions, to be placed at the entry point. */
export const launcherCode: Readonly<Record<Arch, Uint8Array>> = {
  x86_64: Uint8Array.fromHex(x86_64.replaceAll(/\s/g, "")),
  aarch64: Uint8Array.fromHex(aarch64.replaceAll(/\s/g, "")),
};
