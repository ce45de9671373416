// Accepts connections: only from permitted peers, and as many as there are places.

import { EPOLLIN } from "../../linux/constants.ts";
import { E, SysError } from "../../linux/errno.ts";
import { closeFd } from "../../linux/fd.ts";
import { acceptFd, type Peer, peerCredentials, sendFd } from "../../linux/socket.ts";
import { Connection, type ConnectionUser, INPUT_SIZE, type InputBuffer } from "./connection.ts";
import { Farewell } from "./farewell.ts";
import { encodeMessage } from "../../protocol/encoding.ts";
import { Framing, type FramingLimits } from "../../protocol/framing.ts";
import { type Loop, now } from "../core/loop.ts";
import { placeFor, placeRules } from "./places.ts";
import { protocolVersion } from "../../protocol/protocol.ts";

/** How long nothing is accepted after the kernel refused to. */
const PAUSE_MS = 100;

/** What says that the listening socket itself is none. */
const broken = new Set<number>([E.EBADF, E.EFAULT, E.EINVAL, E.ENOTSOCK]);

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
  readonly #farewell: Farewell;

  constructor(parts: ServerParts) {
    this.#loop = parts.loop;
    this.#farewell = new Farewell(parts.loop);
    this.#listener = parts.listener;
    this.#admits = parts.admits;
    this.#limits = parts.limits;
    this.#ready = { type: "ready", protocol: protocolVersion, agent: parts.agent } as {
      type: string;
    };
  }

  /** Starts accepting. */
  open(connect: Connect): void {
    // Not edge-triggered: after a pause, waiting connections are reported again.
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
      if (broken.has(-fd)) throw new SysError("accept4", -fd, "accept a connection");
      if (fd < 0) return this.#acceptLater(connect);
      if (this.#admits(peer)) this.#begin(fd, peer, connect);
      else closeFd(fd);
    }
  }

  #begin(fd: number, peer: Peer, connect: Connect): void {
    const name = orRefused(() => peerName(fd, peer));
    if (name === undefined) closeFd(fd);
    else this.serve(fd, name, connect);
  }

  /**
   * Something has run out, or the network has an error for a connection (accept(2)). Connections wait
   * meanwhile, and this one costs no time.
   */
  #acceptLater(connect: Connect): void {
    this.#loop.unwatch(this.#listener);
    this.#loop.after(PAUSE_MS, () => this.open(connect));
  }

  /** Whether there is no client. */
  get isIdle(): boolean {
    return this.#connections.size === 0;
  }

  /** Serves a client that is connected, if there is a place for it. */
  serve(fd: number, peer: string, connect: Connect): void {
    if (!this.#findPlace(peer)) return this.#turnAway(fd);
    const input = this.#spare.pop() ??
      { framing: new Framing(this.#limits), bytes: new Uint8Array(INPUT_SIZE) };
    const own = { loop: this.#loop, farewell: this.#farewell };
    const parts = { fd, peer, input, connect, ...own };
    const connection = orRefused(() => new Connection(parts));
    if (connection === undefined) {
      this.#spare.push(input);
      closeFd(fd);
      return;
    }
    this.#connections.add(connection);
    connection.send(this.#ready);
  }

  /**
   * Whether there is a place, or one can be made. What the loop has not handled yet counts: clients
   * that are gone, and requests that have arrived.
   */
  #findPlace(peer: string): boolean {
    const find = () => placeFor(this.#connections, peer, now());
    if (find() === "free") return true;
    for (const connection of [...this.#connections]) connection.closeIfGone();
    for (;;) {
      const found = find();
      if (found === "free") return true;
      if (found === "taken") return false;
      found.takeArrived();
      if (find() === found) found.closeWith("busy", MADE_ROOM);
    }
  }

  #turnAway(fd: number): void {
    sendFd(
      fd,
      encodeMessage({ type: "error", code: "busy", message: noPlace } as { type: string }),
    );
    this.#farewell.to(fd);
  }
}

/**
 * What `make` returns; undefined where the kernel refuses something for one connection (for example
 * epoll_ctl(2): ENOMEM, ENOSPC), which is no matter of the others.
 */
function orRefused<Made>(make: () => Made): Made | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof SysError) return undefined;
    throw error;
  }
}

/** Whom a connection belongs to: a context id, or at a Unix socket a user. */
function peerName(fd: number, { cid }: Peer): string {
  return cid === 0 ? `uid ${peerCredentials(fd).uid}` : `cid ${cid}`;
}

const MADE_ROOM = "Had to make room for another connection: this one was idle";
const noPlace =
  `Cannot serve more than ${placeRules.ofOnePeer} connections of one peer at once, nor more than ${placeRules.all} in all`;
