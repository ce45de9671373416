// The connection to one monitor: its requests, the guest's memory, and the two queues of the
// device.

import { EPOLLIN, MSG_WAITALL } from "../../linux/constants.ts";
import { closeFd, readFd, writeFd } from "../../linux/fd.ts";
import { MessageReceiver } from "../../linux/message.ts";
import { SharedMapping } from "../../linux/mmap.ts";
import { receiveFd, sendFd } from "../../linux/socket.ts";
import { GuestMemory } from "./guest_memory.ts";
import type { Loop } from "./loop.ts";
import {
  decodeHeader,
  decodeMemTable,
  decodeState,
  decodeVringAddr,
  decodeVringFd,
  encodeReply,
  encodeState,
  features,
  MESSAGE_HEADER_BYTES,
  type MessageHeader,
  protocolFeatures,
  REQUEST,
  u64,
} from "./vhost_user.ts";
import { Virtqueue } from "./virtqueue.ts";
import { fillChain, type VsockDevice } from "./vsock_device.ts";
import { decodePacket, HEADER_BYTES } from "./vsock_packet.ts";

const TO_GUEST = 0, FROM_GUEST = 1;

/** A queue with its notifications. */
class Queue {
  readonly ring = new Virtqueue();
  size = 0;
  enabled = false;
  kickFd = -1;
  callFd = -1;
}

/** One monitor's session. It calls `onEnd` when the monitor hangs up. */
export class Monitor {
  #memory = new GuestMemory([]);
  #mappings: SharedMapping[] = [];
  readonly #queues = [new Queue(), new Queue()];
  readonly #receiver = new MessageReceiver(MESSAGE_HEADER_BYTES, 8);
  readonly #counter = new Uint8Array(8);
  readonly #one = u64(1n);

  constructor(
    readonly fd: number,
    readonly loop: Loop,
    readonly device: VsockDevice,
    readonly onEnd: () => void,
  ) {
    loop.add(fd, EPOLLIN, () => this.#message());
  }

  /** Whether the guest's driver has set both queues up and the guest runs. */
  get isRunning(): boolean {
    return this.#queues.every((queue) => queue.enabled && queue.kickFd >= 0);
  }

  /** Ends the session. */
  close(): void {
    this.loop.remove(this.fd);
    closeFd(this.fd);
    for (const queue of this.#queues) {
      this.#setKick(queue, -1);
      this.#setCall(queue, -1);
    }
    for (const mapping of this.#mappings) mapping.unmap();
    this.#mappings = [];
  }

  #message(): void {
    const n = this.#receiver.receive(this.fd, MSG_WAITALL);
    if (n !== MESSAGE_HEADER_BYTES) {
      this.close();
      this.onEnd();
      return;
    }
    const header = decodeHeader(this.#receiver.bytes);
    const fds = this.#receiver.fds;
    const payload = new Uint8Array(header.size);
    for (let at = 0; at < payload.length;) {
      const got = receiveFd(this.fd, payload.subarray(at), payload.length - at, MSG_WAITALL);
      if (got <= 0) break;
      at += got;
    }
    const reply = this.#answer(header, payload, fds) ?? (header.needReply ? u64(0n) : null);
    if (reply !== null) sendFd(this.fd, encodeReply(header.request, reply));
  }

  /** Carries out a request. Returns the payload of its reply, if it has one. */
  #answer(
    header: MessageHeader,
    payload: Uint8Array<ArrayBuffer>,
    fds: number[],
  ): Uint8Array | null {
    switch (header.request) {
      case REQUEST.getFeatures:
        return u64(features);
      case REQUEST.getProtocolFeatures:
        return u64(protocolFeatures);
      case REQUEST.getQueueNum:
        return u64(2n);
      case REQUEST.getConfig:
        new DataView(payload.buffer).setBigUint64(12, BigInt(this.device.guestCid), true);
        return payload;
      // The guest is stopped when it is saved: this back end writes nothing that would have to be
      // logged.
      case REQUEST.setLogBase:
        fds.forEach((fd) => closeFd(fd));
        return new Uint8Array(0);
      case REQUEST.setMemTable:
        this.#mapMemory(payload, fds);
        return null;
      case REQUEST.getVringBase: {
        const { queue } = decodeState(payload);
        this.#setKick(this.#queues[queue], -1);
        return encodeState(queue, this.#queues[queue].ring.next);
      }
      default:
        this.#setQueue(header.request, payload, fds);
        return null;
    }
  }

  #setQueue(request: number, payload: Uint8Array, fds: number[]): void {
    if (request === REQUEST.setVringAddr) {
      const { queue, ...addresses } = decodeVringAddr(payload);
      const { ring, size } = this.#queues[queue];
      ring.place(this.#memory, size, addresses);
    } else if (request === REQUEST.setVringNum || request === REQUEST.setVringBase) {
      const { queue, value } = decodeState(payload);
      if (request === REQUEST.setVringNum) this.#queues[queue].size = value;
      else this.#queues[queue].ring.next = value;
    } else if (request === REQUEST.setVringEnable) {
      const { queue, value } = decodeState(payload);
      this.#queues[queue].enabled = value !== 0;
      this.#work();
    } else if (request === REQUEST.setVringKick || request === REQUEST.setVringCall) {
      const { queue, hasFd } = decodeVringFd(payload);
      const fd = hasFd ? fds[0] : -1;
      if (request === REQUEST.setVringCall) this.#setCall(this.#queues[queue], fd);
      else this.#setKick(this.#queues[queue], fd);
      this.#work();
    } else fds.forEach((fd) => closeFd(fd));
  }

  #mapMemory(payload: Uint8Array, fds: number[]): void {
    for (const mapping of this.#mappings) mapping.unmap();
    const regions = decodeMemTable(payload);
    this.#mappings = regions.map((r, i) => new SharedMapping(fds[i], r.size + r.offset));
    this.#memory = new GuestMemory(
      regions.map((region, i) => ({ ...region, buffer: this.#mappings[i].buffer })),
    );
    fds.forEach((fd) => closeFd(fd));
  }

  #setKick(queue: Queue, fd: number): void {
    if (queue.kickFd >= 0) {
      this.loop.remove(queue.kickFd);
      closeFd(queue.kickFd);
    }
    queue.kickFd = fd;
    if (fd < 0) return;
    this.loop.add(fd, EPOLLIN, () => {
      readFd(fd, this.#counter);
      this.#work();
    });
  }

  #setCall(queue: Queue, fd: number): void {
    if (queue.callFd >= 0) closeFd(queue.callFd);
    queue.callFd = fd;
  }

  #work(): void {
    if (!this.isRunning) return;
    this.#collect();
    this.deliver();
    this.device.resume();
  }

  /** Takes the packets that the guest has sent. */
  #collect(): void {
    const queue = this.#queues[FROM_GUEST];
    let any = false;
    for (let chain = queue.ring.take(this.#memory); chain; chain = queue.ring.take(this.#memory)) {
      const bytes = new Uint8Array(chain.readable.reduce((sum, part) => sum + part.length, 0));
      let at = 0;
      for (const part of chain.readable) {
        bytes.set(part, at);
        at += part.length;
      }
      queue.ring.giveBack(chain.head, 0);
      any = true;
      const packet = decodePacket(bytes);
      if (packet !== null) {
        this.device.receive(packet, bytes.subarray(HEADER_BYTES, HEADER_BYTES + packet.length));
      }
    }
    if (any) this.#call(queue);
  }

  /** Puts waiting packets into the guest's buffers, as long as there are free ones. */
  deliver(): void {
    if (!this.isRunning) return;
    const queue = this.#queues[TO_GUEST];
    let any = false;
    while (this.device.waiting.length > 0) {
      const chain = queue.ring.take(this.#memory);
      if (chain === null) break;
      queue.ring.giveBack(chain.head, fillChain(this.device.waiting, chain.writable));
      any = true;
    }
    if (any) this.#call(queue);
  }

  #call(queue: Queue): void {
    if (queue.callFd >= 0) writeFd(queue.callFd, this.#one);
  }
}
