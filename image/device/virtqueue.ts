// A split virtqueue, the device's side (virtio 1.2, section 2.7): takes chains of buffers and gives
// them back used.
//
// The guest writes everything in the rings. A chain that loops or points outside the guest's memory
// throws RangeError.

import type { GuestMemory } from "./guest_memory.ts";

const NEXT = 1, WRITABLE = 2;

/** One chain of buffers. */
export interface Chain {
  head: number;
  /** What the guest wrote for the device, in order. */
  readable: Uint8Array<ArrayBuffer>[];
  /** What the device may write to, in order. */
  writable: Uint8Array<ArrayBuffer>[];
}

/** Addresses of the queue's three parts, in the monitor's address space. */
export interface QueueAddresses {
  descriptors: bigint;
  available: bigint;
  used: bigint;
}

/** The device's side of one queue. */
export class Virtqueue {
  /** Index of the next entry of the available ring, modulo 2^16. */
  next = 0;
  #size = 0;
  #descriptors = new DataView(new ArrayBuffer(0));
  #available = new DataView(new ArrayBuffer(0));
  #used = new DataView(new ArrayBuffer(0));

  /** Finds the rings in memory. */
  place(memory: GuestMemory, size: number, addresses: QueueAddresses): void {
    const view = (address: bigint, bytes: number) => {
      const found = memory.atUser(address, bytes);
      return new DataView(found.buffer, found.byteOffset, bytes);
    };
    this.#size = size;
    this.#descriptors = view(addresses.descriptors, size * 16);
    this.#available = view(addresses.available, 4 + size * 2);
    this.#used = view(addresses.used, 4 + size * 8);
  }

  /** Whether the guest has made a chain available. */
  get ready(): boolean {
    return this.#size > 0 && this.#available.getUint16(2, true) !== this.next;
  }

  /** Takes the next chain; null if there is none. */
  take(memory: GuestMemory): Chain | null {
    if (!this.ready) return null;
    const head = this.#available.getUint16(4 + 2 * (this.next % this.#size), true);
    const chain: Chain = { head, readable: [], writable: [] };
    for (let i = head, hops = 0;; hops++) {
      if (i >= this.#size || hops >= this.#size) throw new RangeError("Cannot follow the chain");
      const at = i * 16;
      const length = this.#descriptors.getUint32(at + 8, true);
      const flags = this.#descriptors.getUint16(at + 12, true);
      const bytes = memory.atGuest(this.#descriptors.getBigUint64(at, true), length);
      ((flags & WRITABLE) !== 0 ? chain.writable : chain.readable).push(bytes);
      if ((flags & NEXT) === 0) break;
      i = this.#descriptors.getUint16(at + 14, true);
    }
    this.next = (this.next + 1) & 0xffff;
    return chain;
  }

  /** Gives a chain back with the number of bytes written into it. The index is written last. */
  giveBack(head: number, written: number): void {
    const index = this.#used.getUint16(2, true);
    const at = 4 + 8 * (index % this.#size);
    this.#used.setUint32(at, head, true);
    this.#used.setUint32(at + 4, written, true);
    this.#used.setUint16(2, (index + 1) & 0xffff, true);
  }
}
