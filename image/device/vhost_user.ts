// The vhost-user protocol, the back end's side: decodes the monitor's requests and encodes our
// replies.
//
// Specification: QEMU's docs/interop/vhost-user.rst. A message is a header of twelve bytes
// (request, flags, size) and its payload. Descriptors come with the header.

/** Numbers of the requests this back end answers. */
export const REQUEST = {
  getFeatures: 1,
  setMemTable: 5,
  setLogBase: 6,
  setVringNum: 8,
  setVringAddr: 9,
  setVringBase: 10,
  getVringBase: 11,
  setVringKick: 12,
  setVringCall: 13,
  setVringErr: 14,
  getProtocolFeatures: 15,
  getQueueNum: 17,
  setVringEnable: 18,
  getConfig: 24,
} as const;

const VERSION_1 = 1n << 32n; // VIRTIO_F_VERSION_1
const PROTOCOL_FEATURES = 1n << 30n; // VHOST_USER_F_PROTOCOL_FEATURES
const LOG_ALL = 1n << 26n; // VHOST_F_LOG_ALL: without it the monitor refuses to save the guest
const LOG_SHMFD = 1n << 1n;
const REPLY_ACK = 1n << 3n;
const CONFIG = 1n << 9n;

/**
 * The features of this back end. It may claim LOG_ALL only because a guest is stopped before it is
 * saved.
 */
export const features: bigint = VERSION_1 | PROTOCOL_FEATURES | LOG_ALL;
/** Protocol features. */
export const protocolFeatures: bigint = LOG_SHMFD | REPLY_ACK | CONFIG;

/** Bytes of a message's header. */
export const MESSAGE_HEADER_BYTES = 12;

/** A message's header. */
export interface MessageHeader {
  request: number;
  size: number;
  /** Whether the monitor wants a reply even to a request that has none. */
  needReply: boolean;
}

/** Reads a header. */
export function decodeHeader(bytes: Uint8Array): MessageHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, MESSAGE_HEADER_BYTES);
  return {
    request: view.getUint32(0, true),
    size: view.getUint32(8, true),
    needReply: (view.getUint32(4, true) & 8) !== 0,
  };
}

/** A reply to a request. */
export function encodeReply(request: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(MESSAGE_HEADER_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, request, true);
  view.setUint32(4, 1 | 4, true); // version 1, reply
  view.setUint32(8, payload.length, true);
  bytes.set(payload, MESSAGE_HEADER_BYTES);
  return bytes;
}

/** A payload of one 64-bit number. */
export function u64(value: bigint): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
}

/** One region of the memory table. The i-th region belongs to the i-th descriptor. */
export interface MemoryRegion {
  guestAddress: bigint;
  size: number;
  userAddress: bigint;
  /** Offset of the region in the file. */
  offset: number;
}

/** Reads the memory table. */
export function decodeMemTable(payload: Uint8Array): MemoryRegion[] {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  return Array.from({ length: view.getUint32(0, true) }, (_, i) => ({
    guestAddress: view.getBigUint64(8 + 32 * i, true),
    size: Number(view.getBigUint64(16 + 32 * i, true)),
    userAddress: view.getBigUint64(24 + 32 * i, true),
    offset: Number(view.getBigUint64(32 + 32 * i, true)),
  }));
}

/** Reads a payload of queue and number, which many requests have. */
export function decodeState(payload: Uint8Array): { queue: number; value: number } {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  return { queue: view.getUint32(0, true), value: view.getUint32(4, true) };
}

/** A payload of queue and number. */
export function encodeState(queue: number, value: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new Uint32Array([queue, value]).buffer);
}

/** Reads the addresses of a queue's rings. */
export function decodeVringAddr(payload: Uint8Array) {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  return {
    queue: view.getUint32(0, true),
    descriptors: view.getBigUint64(8, true),
    used: view.getBigUint64(16, true),
    available: view.getBigUint64(24, true),
  };
}

/** Reads the payload of kick, call and err: the queue, and whether a descriptor comes with it. */
export function decodeVringFd(payload: Uint8Array): { queue: number; hasFd: boolean } {
  const value = new DataView(payload.buffer, payload.byteOffset, payload.length).getUint32(0, true);
  return { queue: value & 0xff, hasFd: (value & 0x100) === 0 };
}
