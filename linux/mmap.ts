// Memory shared with another process through a descriptor: mmap(2).
//
// For memory that another process owns and changes (a guest's, a monitor's). Never trust its
// content: it may change between two reads.

import { errno, SysError } from "./errno.ts";
import { libc } from "./libc.ts";

const PROT_READ = 1, PROT_WRITE = 2, MAP_SHARED = 1;

/** A shared mapping, to be read and written as an ArrayBuffer. */
export class SharedMapping {
  /** The mapped bytes. Must not be touched after `unmap`. */
  readonly buffer: ArrayBuffer;
  readonly #pointer: Deno.PointerObject;
  readonly #size: bigint;

  /**
   * Maps `size` bytes of `fd` from `offset` on (a multiple of the page size). The descriptor may be
   * closed after.
   */
  constructor(fd: number, size: number, offset = 0) {
    this.#size = BigInt(size);
    const pointer = libc.mmap(
      0n,
      this.#size,
      PROT_READ | PROT_WRITE,
      MAP_SHARED,
      fd,
      BigInt(offset),
    );
    const failed = pointer === null || Deno.UnsafePointer.value(pointer) === 0xffff_ffff_ffff_ffffn;
    if (failed) throw new SysError("mmap", errno(), `map ${size} bytes of descriptor "${fd}"`);
    this.#pointer = pointer;
    this.buffer = Deno.UnsafePointerView.getArrayBuffer(pointer, size);
  }

  /** munmap(2). */
  unmap(): void {
    if (libc.munmap(this.#pointer, this.#size) === -1) {
      throw new SysError("munmap", errno(), "unmap shared memory");
    }
  }
}
