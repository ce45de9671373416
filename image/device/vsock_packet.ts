// The header of a packet on a virtio socket device (virtio 1.2, section 5.10.6): 44 bytes,
// little-endian.
//
// Pure encoding and decoding. Received bytes come from the guest and must not be trusted.

/** The operations that a packet can have. */
export const OP = {
  request: 1,
  response: 2,
  reset: 3,
  shutdown: 4,
  data: 5,
  creditUpdate: 6,
  creditRequest: 7,
} as const;

/** Flags of a shutdown: the sender will not receive; the sender will not send. */
export const WONT_RECEIVE = 1;
export const WONT_SEND = 2;

/** The host's context id. */
export const HOST_CID = 2;

/** Bytes of a header. */
export const HEADER_BYTES = 44;

const STREAM = 1;

/** A header, decoded. Ports and counters are unsigned 32-bit numbers. */
export interface Packet {
  sourceCid: number;
  destinationCid: number;
  sourcePort: number;
  destinationPort: number;
  /** Bytes that follow the header. */
  length: number;
  /** 1 is a stream, the only type supported here. */
  type: number;
  op: number;
  flags: number;
  /** The sender's receive buffer, in bytes. */
  bufferSpace: number;
  /** Bytes the sender has taken out of its receive buffer so far, modulo 2^32. */
  forwarded: number;
}

/** Reads a header; null if there are not enough bytes. */
export function decodePacket(bytes: Uint8Array): Packet | null {
  if (bytes.length < HEADER_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  return {
    sourceCid: Number(view.getBigUint64(0, true)),
    destinationCid: Number(view.getBigUint64(8, true)),
    sourcePort: view.getUint32(16, true),
    destinationPort: view.getUint32(20, true),
    length: view.getUint32(24, true),
    type: view.getUint16(28, true),
    op: view.getUint16(30, true),
    flags: view.getUint32(32, true),
    bufferSpace: view.getUint32(36, true),
    forwarded: view.getUint32(40, true),
  };
}

/** Writes a header of a stream packet. */
export function encodePacket(packet: Omit<Packet, "type">): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(packet.sourceCid), true);
  view.setBigUint64(8, BigInt(packet.destinationCid), true);
  view.setUint32(16, packet.sourcePort, true);
  view.setUint32(20, packet.destinationPort, true);
  view.setUint32(24, packet.length, true);
  view.setUint16(28, STREAM, true);
  view.setUint16(30, packet.op, true);
  view.setUint32(32, packet.flags, true);
  view.setUint32(36, packet.bufferSpace, true);
  view.setUint32(40, packet.forwarded, true);
  return bytes;
}
