// Accepts connections: up to eight at once, and only from whom the policy lets in.

import { EPOLLIN } from "../../linux/constants.ts";
import { E, SysError } from "../../linux/errno.ts";
import { closeFd } from "../../linux/fd.ts";
import { acceptFd, type Peer, sendFd } from "../../linux/socket.ts";
import { Connection, type ConnectionUser, INPUT_SIZE, type InputBuffer } from "./connection.ts";
import { encodeMessage } from "../../protocol/encoding.ts";
import { Framing, type FramingLimits } from "../../protocol/framing.ts";
import type { Loop } from "../core/loop.ts";
import { protocolVersion } from "../../protocol/protocol.ts";

/** Connections served at once. */
export const MAX_CONNECTIONS = 8;

/** Gives a new connection whom its requests go to. */
export type Connect = (connection: Connection) => ConnectionUser;

/** Whether a peer may connect. */
export type Admission = (peer: Peer) => boolean;

/** What a server is made of. */
export interface ServerParts {
  readonly loop: Loop;
  /** The listening socket. */
  readonly listener: number;
  readonly admits: Admission;
  readonly limits: FramingLimits;
  /** How the agent names itself to its clients. */
  readonly agent: string;
}

/** The listening socket and its connections. */
export class Server {
  readonly #loop: Loop;
  readonly #listener: number;
  readonly #admits: Admission;
  readonly #limits: FramingLimits;
  readonly #connections = new Set<Connection>();
  /** What connections that have closed had: made for the first ones, and used again. */
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

  /** Begins to accept. */
  open(connect: Connect): void {
    // Not edge-triggered: when descriptors run out, what waits is seen again.
    this.#loop.watch(this.#listener, () => this.#accept(connect), EPOLLIN);
  }

  /** Forgets a connection that has closed. */
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
   * Memory for one more connection. Whoever has left, though the loop has not come to it yet, makes
   * room.
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
