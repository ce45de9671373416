// A Unix socket through node:net, where the runtime is Node or Bun.
//
// node:net pushes bytes; the controller pulls them. So the socket is paused, and read when asked.

import { connect, type Socket } from "node:net";
import type { Transport } from "./byte_transport.ts";

/** Connects to a Unix socket. Rejects with node:net's error, which has a `code`. */
export function openUnixSocket(path: string): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(new NodeTransport(socket));
    });
  });
}

class NodeTransport implements Transport {
  readonly #socket: Socket;
  #error: Error | null = null;
  #ended = false;
  /** What was read and not yet taken. */
  #rest: Uint8Array = new Uint8Array(0);
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.pause();
    socket.on("error", (error) => {
      this.#error = error;
      this.#wake();
    });
    for (const end of ["end", "close"]) {
      socket.on(end, () => {
        this.#ended = true;
        this.#wake();
      });
    }
    socket.on("readable", () => this.#wake());
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    for (;;) {
      if (this.#rest.length === 0) this.#rest = this.#socket.read() ?? this.#rest;
      if (this.#rest.length > 0) break;
      if (this.#error !== null) throw this.#error;
      if (this.#ended) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const count = Math.min(buffer.length, this.#rest.length);
    buffer.set(this.#rest.subarray(0, count));
    this.#rest = this.#rest.subarray(count);
    return count;
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => error ? reject(error) : resolve(bytes.length));
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}
