// Accepts connections: at most eight at once, and only from permitted peers.

import { EPOLLIN } from "../../linux/constants.ts";
import { E, SysError } from "../../linux/errno.ts";
import { closeFd } from "../../linux/fd.ts";
import { acceptFd, type Peer, sendFd } from "../../linux/socket.ts";
import { Connection, type ConnectionUser, INPUT_SIZE, type InputBuffer } from "./connection.ts";
import { encodeMessage } from "../../protocol/encoding.ts";
import { Framing, type FramingLimits } from "../../protocol/framing.ts";
import type { Loop } from "../core/loop.ts";
import { protocolVersion } from "../../protocol/protocol.ts";

/** The most connections at once. */
export const MAX_CONNECTIONS = 8;

/** Returns the handler for a new connection's requests. */
export type Connect = (connection: Connection) => ConnectionUser;

/** Whether a peer may connect. */
export type Admission = (peer: Peer) => boolean;

/** The parts of a server. */
export interface ServerParts {
  readonly loop: Loop;
  /** The listening socket. */
  readonly listener: number;
  readonly admits: Admission;
  readonly limits: FramingLimits;
  /** The name the agent gives its clients. */
  readonly agent: string;
}

/** The listening socket and its connections. */
export class Server {
  readonly #loop: Loop;
  readonly #listener: number;
  readonly #admits: Admission;
  readonly #limits: FramingLimits;
  readonly #connections = new Set<Connection>();
  /** Buffers of closed connections, to be used again. */
  readonly #spare: InputBuffer[] = [];
  readonly #ready: { type: string };

  constructor(parts: ServerParts) {
    this.#loop = parts.loop;
    this.#listener = parts.listener;
    this.#admits = parts.admits;
    this.#limits = parts.limits;
    this.#ready = { type: "ready", protocol: protocolVersion, agent: parts.agent } as {
      type: string;
    };
  }

  /** Starts accepting. */
  open(connect: Connect): void {
    // Not edge-triggered: if descriptors run out, waiting connections are reported again.
    this.#loop.watch(this.#listener, () => this.#accept(connect), EPOLLIN);
  }

  /** Removes a closed connection. */
  forget(connection: Connection): void {
    if (this.#connections.delete(connection)) this.#spare.push(connection.input);
  }

  #accept(connect: Connect): void {
    const peer: Peer = { cid: 0, port: 0 };
    for (;;) {
      const fd = acceptFd(this.#listener, peer);
      if (fd === -E.EINTR || fd === -E.ECONNABORTED) continue;
      if (fd === -E.EAGAIN) return;
      if (fd < 0) throw new SysError("accept4", -fd, "accept a connection");
      if (!this.#admits(peer)) {
        closeFd(fd);
        continue;
      }
      const input = this.#place();
      if (input === undefined) {
        this.#turnAway(fd);
        continue;
      }
      const connection = new Connection(fd, input, this.#loop, connect);
      this.#connections.add(connection);
      connection.send(this.#ready);
    }
  }

  /**
   * Memory for one more connection. If all places are taken, first closes connections whose clients
   * are gone but which the loop has not handled yet.
   */
  #place(): InputBuffer | undefined {
    if (this.#connections.size === MAX_CONNECTIONS) {
      for (const connection of this.#connections) connection.closeIfGone();
    }
    if (this.#connections.size === MAX_CONNECTIONS) return undefined;
    return this.#spare.pop() ??
      { framing: new Framing(this.#limits), bytes: new Uint8Array(INPUT_SIZE) };
  }

  #turnAway(fd: number): void {
    const message = `Cannot serve more than ${MAX_CONNECTIONS} connections at once`;
    sendFd(fd, encodeMessage({ type: "error", code: "busy", message } as { type: string }));
    closeFd(fd);
  }
}
