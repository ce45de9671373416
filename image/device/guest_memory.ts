// A guest's memory as its monitor shares it: regions, looked up by guest address or by the
// monitor's own address.

/** One region and the bytes behind it. */
export interface Region {
  guestAddress: bigint;
  userAddress: bigint;
  size: number;
  /** Offset of the region in `buffer`. */
  offset: number;
  buffer: ArrayBuffer;
}

/**
 * Finds the bytes at an address. Throws RangeError for a range that is not completely in one
 * region.
 */
export class GuestMemory {
  constructor(readonly regions: readonly Region[]) {}

  /** Bytes at a guest physical address. */
  atGuest(address: bigint, size: number): Uint8Array<ArrayBuffer> {
    return this.#bytes("guestAddress", address, size);
  }

  /** Bytes at an address of the monitor's own address space. */
  atUser(address: bigint, size: number): Uint8Array<ArrayBuffer> {
    return this.#bytes("userAddress", address, size);
  }

  #bytes(
    space: "guestAddress" | "userAddress",
    address: bigint,
    size: number,
  ): Uint8Array<ArrayBuffer> {
    for (const region of this.regions) {
      const at = Number(address - region[space]);
      if (at >= 0 && at + size <= region.size) {
        return new Uint8Array(region.buffer, region.offset + at, size);
      }
    }
    throw new RangeError(
      `Cannot find ${size} bytes at 0x${address.toString(16)} in the guest's memory`,
    );
  }
}
