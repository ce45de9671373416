// One connection of the device: a descriptor of the host on one side, credit and packets on the
// other.

import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, SHUT_WR } from "../../linux/constants.ts";
import { E } from "../../linux/errno.ts";
import { closeFd, readFd } from "../../linux/fd.ts";
import { sendFd, shutdown } from "../../linux/socket.ts";
import type { Loop } from "./loop.ts";
import { OP, type Packet, WONT_RECEIVE, WONT_SEND } from "./vsock_packet.ts";

const PIECE_BYTES = 64 * 1024;
const piece = new Uint8Array(PIECE_BYTES);

/** The device that a connection belongs to. */
export interface Device {
  readonly loop: Loop;
  /**
   * Packets that wait for buffers of the guest. While there are any, nothing more is read from the
   * host.
   */
  readonly waiting: { readonly length: number };
  /** Queues a packet of the connection for the guest. */
  send(connection: Connection, op: number, flags: number, data?: Uint8Array | null): void;
  /** Removes a connection that has ended. */
  forget(connection: Connection): void;
}

/** The two ends that a connection joins. */
export interface ConnectionEnds {
  /** The host's descriptor. */
  readonly fd: number;
  readonly hostPort: number;
  readonly guestPort: number;
  /** Whether both sides have agreed to it. */
  readonly isUp: boolean;
}

/** The state of one connection; it owns its descriptor. */
export class Connection {
  /**
   * Bytes from the guest that reached the host, modulo 2^32. We report this number to the guest.
   */
  forwarded = 0;
  #told = 0;
  #sent = 0;
  #peerSpace = 0;
  #peerForwarded = 0;
  #toHost: Uint8Array[] = [];
  #hostEnded = false;
  #guestEnded = 0;
  #closed = false;

  readonly fd: number;
  readonly hostPort: number;
  readonly guestPort: number;
  /** Whether both sides have agreed to it. */
  private isUp: boolean;

  constructor(readonly device: Device, { fd, hostPort, guestPort, isUp }: ConnectionEnds) {
    this.fd = fd;
    this.hostPort = hostPort;
    this.guestPort = guestPort;
    this.isUp = isUp;
    device.loop.add(fd, 0, (events) => this.#ready(events));
  }

  /** Records how much the guest can receive. */
  credit(packet: Packet): void {
    this.#peerSpace = packet.bufferSpace;
    this.#peerForwarded = packet.forwarded;
  }

  /** Bytes we may still send. */
  get #room(): number {
    return this.#peerSpace - ((this.#sent - this.#peerForwarded) >>> 0);
  }

  /** Handles one packet from the guest. */
  receive(packet: Packet, data: Uint8Array): void {
    this.credit(packet);
    switch (packet.op) {
      case OP.response:
        if (this.isUp) return this.close(true);
        this.isUp = true;
        this.#toHost.push(new TextEncoder().encode(`OK ${this.hostPort}\n`));
        this.forwarded -= this.#toHost[0].length; // not from the guest: must not count
        this.#told = 0;
        this.#drain();
        break;
      case OP.data:
        if (!this.isUp) return this.close(true);
        this.#toHost.push(data);
        this.#drain();
        break;
      case OP.shutdown:
        this.#guestEnded |= packet.flags;
        this.#drain();
        break;
      case OP.reset:
        return this.close(false);
      case OP.creditRequest:
        this.device.send(this, OP.creditUpdate, 0);
        break;
      case OP.creditUpdate:
        break;
      default:
        return this.close(true);
    }
    this.watch();
  }

  #ready(events: number): void {
    if ((events & EPOLLOUT) !== 0) this.#drain();
    if (this.#closed) return;
    if ((events & EPOLLIN) !== 0 && !this.#hostEnded) this.#readHost();
    // The other end is gone.
    else if ((events & (EPOLLHUP | EPOLLERR)) !== 0) return this.close(true);
    this.watch();
  }

  #readHost(): void {
    const room = Math.min(this.#room, PIECE_BYTES);
    if (room <= 0) return;
    const n = readFd(this.fd, piece, room);
    if (n === -E.EAGAIN || n === -E.EINTR) return;
    if (n < 0) return this.close(true);
    if (n === 0) {
      this.#hostEnded = true;
      this.device.send(this, OP.shutdown, WONT_SEND);
      return;
    }
    this.#sent = (this.#sent + n) >>> 0;
    this.device.send(this, OP.data, 0, piece.slice(0, n));
  }

  /**
   * Writes the guest's bytes to the host. When all are written, carries out the guest's shutdown.
   */
  #drain(): void {
    while (this.#toHost.length > 0) {
      const first = this.#toHost[0];
      const n = sendFd(this.fd, first);
      if (n === -E.EAGAIN || n === -E.EINTR) break;
      if (n < 0) return this.close(true);
      this.forwarded = (this.forwarded + n) >>> 0;
      if (n === first.length) this.#toHost.shift();
      else this.#toHost[0] = first.subarray(n);
    }
    if (((this.forwarded - this.#told) >>> 0) >= PIECE_BYTES) {
      this.#told = this.forwarded;
      this.device.send(this, OP.creditUpdate, 0);
    }
    if (this.#toHost.length > 0) return;
    if (this.#guestEnded === (WONT_RECEIVE | WONT_SEND)) return this.close(true);
    if ((this.#guestEnded & WONT_SEND) !== 0) shutdown(this.fd, SHUT_WR);
  }

  /** Watches the descriptor for the events that can be handled now. */
  watch(): void {
    if (this.#closed) return;
    let events = 0;
    const mayRead = this.isUp && !this.#hostEnded && (this.#guestEnded & WONT_RECEIVE) === 0;
    if (mayRead && this.device.waiting.length === 0 && this.#room > 0) events |= EPOLLIN;
    if (this.#toHost.length > 0) events |= EPOLLOUT;
    this.device.loop.change(this.fd, events);
  }

  /** Closes the host's side. With `tell`, also resets the guest's side. */
  close(tell: boolean): void {
    if (this.#closed) return;
    this.#closed = true;
    this.device.loop.remove(this.fd);
    closeFd(this.fd);
    this.device.forget(this);
    if (tell) this.device.send(this, OP.reset, 0);
  }
}
