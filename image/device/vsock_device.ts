// The virtio socket device: connections between sockets of the host and ports of the guest, with
// credit.
//
// Host to guest uses Firecracker's form: a client of the Unix socket says "CONNECT PORT\n" and is
// told "OK PORT\n". Guest to host: a connection to CID 2, port P goes to the Unix socket named
// SOCKET_P. No buffer grows without bound: the guest's data is buffered up to the credit we gave
// it, the host's data is not buffered at all.

import { connectUnix } from "../../linux/socket.ts";
import { SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM } from "../../linux/constants.ts";
import { Connection, type Device } from "./vsock_connection.ts";
import type { Loop } from "./loop.ts";
import { encodePacket, HOST_CID, OP, type Packet } from "./vsock_packet.ts";

/** Size of the receive buffer that we announce to the guest, per connection. */
export const BUFFER_BYTES = 256 * 1024;

/** A packet on its way to the guest. */
export interface Outgoing {
  packet: Omit<Packet, "type">;
  data: Uint8Array | null;
}

/** The device. It calls `kick` when packets wait for the guest. */
export class VsockDevice implements Device {
  /** Packets waiting for buffers of the guest, in order. */
  readonly waiting: Outgoing[] = [];
  readonly #connections = new Map<string, Connection>();
  #nextPort = 1 << 30;

  constructor(
    readonly loop: Loop,
    readonly guestCid: number,
    readonly socketPath: string,
    readonly kick: () => void,
  ) {}

  /** The number of connections. */
  get size(): number {
    return this.#connections.size;
  }

  /** Asks the guest for a connection to a port, on behalf of a client on the host. */
  connect(fd: number, guestPort: number): void {
    const connection = new Connection(this, {
      fd,
      hostPort: this.#nextPort++,
      guestPort,
      isUp: false,
    });
    this.#connections.set(keyOf(connection.hostPort, guestPort), connection);
    this.send(connection, OP.request, 0);
  }

  /** Handles one packet from the guest. */
  receive(packet: Packet, data: Uint8Array): void {
    const key = keyOf(packet.destinationPort, packet.sourcePort);
    const connection = this.#connections.get(key);
    const isStream = packet.type === 1 && packet.destinationCid === HOST_CID;
    if (connection !== undefined && isStream) return connection.receive(packet, data);
    if (packet.op === OP.reset) return;
    if (packet.op === OP.request && isStream) return this.#accept(packet, key);
    this.#refuse(packet);
  }

  #accept(packet: Packet, key: string): void {
    let fd: number;
    try {
      fd = connectUnix(
        `${this.socketPath}_${packet.destinationPort}`,
        SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
      );
    } catch {
      return this.#refuse(packet);
    }
    const connection = new Connection(this, {
      fd,
      hostPort: packet.destinationPort,
      guestPort: packet.sourcePort,
      isUp: true,
    });
    connection.credit(packet);
    this.#connections.set(key, connection);
    this.send(connection, OP.response, 0);
    connection.watch();
  }

  #refuse(packet: Packet): void {
    this.#queue({
      packet: {
        sourceCid: HOST_CID,
        destinationCid: this.guestCid,
        sourcePort: packet.destinationPort,
        destinationPort: packet.sourcePort,
        length: 0,
        op: OP.reset,
        flags: 0,
        bufferSpace: 0,
        forwarded: 0,
      },
      data: null,
    });
  }

  /** Sends a packet of a connection. */
  send(connection: Connection, op: number, flags: number, data: Uint8Array | null = null): void {
    this.#queue({
      packet: {
        sourceCid: HOST_CID,
        destinationCid: this.guestCid,
        sourcePort: connection.hostPort,
        destinationPort: connection.guestPort,
        length: data?.length ?? 0,
        op,
        flags,
        bufferSpace: BUFFER_BYTES,
        forwarded: connection.forwarded,
      },
      data,
    });
  }

  #queue(outgoing: Outgoing): void {
    this.waiting.push(outgoing);
    this.kick();
  }

  /** Forgets a connection that has closed its descriptor. */
  forget(connection: Connection): void {
    this.#connections.delete(keyOf(connection.hostPort, connection.guestPort));
  }

  /** The guest has taken packets: connections that waited may read again. */
  resume(): void {
    if (this.waiting.length > 0) return;
    for (const connection of this.#connections.values()) connection.watch();
  }

  /** Closes all connections: the guest that had them is gone. */
  clear(): void {
    this.waiting.length = 0;
    for (const connection of this.#connections.values()) connection.close(false);
  }
}

/**
 * Writes as much of the first waiting packet as fits into a chain. The rest of its data stays first
 * in the queue. Returns the number of bytes written.
 */
export function fillChain(waiting: Outgoing[], writable: Uint8Array[]): number {
  const capacity = writable.reduce((sum, bytes) => sum + bytes.length, 0);
  const first = waiting[0];
  const rest = first.data?.length ?? 0;
  const take = Math.min(rest, capacity - 44);
  const head = encodePacket({ ...first.packet, length: take });
  let written = scatter(head, writable, 0);
  if (first.data !== null) written = scatter(first.data.subarray(0, take), writable, written);
  if (take < rest) first.data = first.data!.subarray(take);
  else waiting.shift();
  return written;
}

/**
 * Copies bytes into buffers as if they were one, starting at `offset`. Returns the offset after
 * them.
 */
function scatter(bytes: Uint8Array, buffers: Uint8Array[], offset: number): number {
  let done = 0, at = 0;
  for (const buffer of buffers) {
    const start = offset + done - at;
    if (start < buffer.length && done < bytes.length) {
      const n = Math.min(buffer.length - start, bytes.length - done);
      buffer.set(bytes.subarray(done, done + n), start);
      done += n;
    }
    at += buffer.length;
  }
  return offset + done;
}

const keyOf = (hostPort: number, guestPort: number) => `${hostPort}:${guestPort}`;
