// The data of a syscall program: strings, structures, space for results, in the launcher's arena.
//
// An arena is sent as one message, and the launcher reads it into the same addresses: an address
// computed here is valid when the rows run. The rows come first; program.ts writes them.

import { ARENA, ARENA_SIZE } from "./launcher/code.ts";
import { type Name, shownName } from "./name.ts";

/** An address inside the launcher's arena. */
export type Address = number;

const encoder = new TextEncoder();

/** The memory of one program. It is allocated once and reused after `clear`. */
export class Arena {
  readonly #buffer = new Uint8Array(ARENA_SIZE);
  readonly #notes = new Map<Address, string>();
  protected readonly view = new DataView(this.#buffer.buffer);
  #data: number;

  /** @param rowsEnd Offset of the end of the rows, where the data begin. */
  constructor(protected readonly rowsEnd: number) {
    this.#data = rowsEnd;
  }

  /** Places bytes in the arena, aligned to 8. */
  bytes(data: Uint8Array, note?: string): Address {
    const address = this.space(data.length);
    this.#buffer.set(data, address - ARENA);
    if (note !== undefined) this.#notes.set(address, note);
    return address;
  }

  /** Places a NUL-terminated string in the arena. */
  text(value: Name): Address {
    if (typeof value !== "string") return this.#raw(value);
    const at = this.space(value.length * 3 + 1) - ARENA;
    const { written } = encoder.encodeInto(value, this.#buffer.subarray(at));
    this.#buffer[at + written] = 0;
    this.#data = at + written + 1;
    this.#notes.set(ARENA + at, JSON.stringify(value));
    return ARENA + at;
  }

  /**
   * Replaces a text placed by `text` with one of the same length, in a program that is sent again.
   */
  retext(address: Address, value: string): void {
    const at = address - ARENA;
    if (this.#buffer[at + value.length] !== 0) {
      throw new RangeError(`Cannot replace a text by "${value}": it has another length`);
    }
    encoder.encodeInto(value, this.#buffer.subarray(at, at + value.length));
    this.#notes.set(address, JSON.stringify(value));
  }

  /** Places 64-bit words in the arena. */
  words(values: readonly (number | bigint)[], note?: string): Address {
    const address = this.space(values.length * 8);
    values.forEach((value, index) => this.word(address - ARENA + 8 * index, value));
    if (note !== undefined) this.#notes.set(address, note);
    return address;
  }

  /** Places a NULL-terminated array of strings, as execve(2) expects it. */
  strings(values: readonly string[]): Address {
    const pointers = values.map((value) => this.text(value));
    return this.words([...pointers, 0], `[${values.map((v) => JSON.stringify(v)).join(", ")}]`);
  }

  /** Writes a 64-bit word at an address that was reserved before. */
  put(address: Address, value: number | bigint): void {
    this.word(address - ARENA, value);
  }

  /** The end of the data so far: where `cut` can go back to. */
  get dataEnd(): Address {
    return ARENA + this.#data;
  }

  /** Erases the data from `address` on. No step may still refer to it. */
  cut(address: Address): void {
    this.#buffer.fill(0, address - ARENA, this.#data);
    this.#data = address - ARENA;
  }

  #raw(name: Uint8Array): Address {
    const at = this.space(name.length + 1) - ARENA;
    this.#buffer.set(name, at);
    this.#buffer[at + name.length] = 0;
    this.#notes.set(ARENA + at, shownName(name));
    return ARENA + at;
  }

  /** Reserves zeroed bytes, aligned to 8. */
  space(size: number): Address {
    const at = (this.#data + 7) & ~7;
    if (at + size > ARENA_SIZE) throw new RangeError("Cannot build program: the arena is full");
    this.#data = at + size;
    return ARENA + at;
  }

  /** The program as one message. Valid until the next reset. */
  encode(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#data);
  }

  /** What was placed at `address`, for the listing. */
  noteAt(address: number): string | undefined {
    return this.#notes.get(address);
  }

  /** Forgets everything. */
  protected clear(): void {
    this.#buffer.fill(0, 0, this.#data);
    this.#notes.clear();
    this.#data = this.rowsEnd;
  }

  /** Writes a 64-bit word at an offset. */
  protected word(at: number, value: number | bigint): void {
    if (typeof value === "bigint") {
      this.view.setBigInt64(at, BigInt.asIntN(64, value), true);
    } else {
      // In two halves: a BigInt would cost an allocation for each word.
      this.view.setInt32(at, value, true);
      this.view.setInt32(at + 4, Math.floor(value / 0x1_0000_0000), true);
    }
  }
}
