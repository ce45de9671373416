// Memory handed to C: strings, addresses, and structures that contain addresses.
//
// A structure that contains an address does not keep the memory at that address alive, and V8 may
// move small arrays until their address is asked for. So memory whose address is stored is
// allocated here, and whoever keeps the structure must also keep the buffers.

import { libc } from "./libc.ts";

/** Bytes in memory of their own, as the FFI requires. */
export type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();

/** Zeroed memory outside V8's movable heap, aligned for any C type. */
export function allocate(size: number): Bytes {
  return new Uint8Array(new ArrayBuffer(size));
}

/** A C string: UTF-8 with a final zero byte. Throws TypeError if the text itself contains one. */
export function cString(text: string): Bytes {
  if (text.includes("\0")) throw new TypeError("Cannot pass a string with a zero byte to C");
  return encoder.encode(text + "\0");
}

/** The text of a C string at the start of the bytes: up to the first zero byte, or all of them. */
export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/**
 * Address of the first byte. The caller must keep the buffer as long as anything uses the address.
 */
export function addressOf(buffer: Uint8Array): bigint {
  void buffer.buffer; // makes V8 move a small array out of its heap before the address is taken
  return libc.address_of(buffer as Bytes, buffer as Bytes, 0n);
}

/** A null-terminated array of addresses and the strings it points to: C's `char *argv[]`. */
export class PointerArray {
  /** The array itself, to be passed as `char *const argv[]`. */
  readonly bytes: Bytes;
  readonly #held: Bytes[];

  /** Copies the texts as C strings. */
  constructor(texts: readonly string[]) {
    this.#held = texts.map(cString);
    this.bytes = allocate((texts.length + 1) * 8);
    const words = new BigUint64Array(this.bytes.buffer);
    this.#held.forEach((text, i) => words[i] = addressOf(text));
  }
}
