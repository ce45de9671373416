// A client of a sequence as the driver sees it: it sends an action, and keeps what comes.

import type { Reply } from "../../protocol/protocol.ts";
import type { Act } from "./actions.ts";
import type { Seen } from "./expect.ts";
import { shownNode, type TreeNode } from "./tree.ts";
import { bytesOf } from "./requests.ts";
import { RawConnection } from "./raw_connection.ts";

/** One client that is connected. */
export interface Peer {
  /** What came and was not explained yet. */
  readonly inbox: Seen[];
  /** Sends an action whose first request is `id`. */
  send(act: Act, id: number): Promise<void>;
  /** Resolves when everything before was answered, as far as it is answered at once. */
  barrier(): Promise<void>;
  close(): Promise<void>;
}

/** Told that something came. */
export type Notice = () => void;

/** A client that speaks raw lines. */
export class RawPeer implements Peer {
  readonly inbox: Seen[] = [];
  readonly #connection: RawConnection;
  readonly #notice: Notice;
  #half: "line" | "body" | undefined;
  #endedInput = false;
  #closed = false;
  /** Streamed output of the run that was acknowledged last. */
  #streamed = "";
  #barriers = 0;
  #passed: () => void = () => {};

  private constructor(connection: RawConnection, notice: Notice) {
    this.#connection = connection;
    this.#notice = notice;
  }

  /** Connects to the agent's socket. */
  static async connect(path: string, notice: Notice): Promise<RawPeer> {
    const connection = await RawConnection.connect(path);
    const peer = new RawPeer(connection, notice);
    connection.follow((reply, body) => peer.#take(reply, body), () => peer.#end());
    return peer;
  }

  async send(act: Act, id: number): Promise<void> {
    if (act.do === "end-input") {
      this.#endedInput = true;
      return await this.#connection.endInput();
    }
    await this.#connection.send(bytesOf(act, id, this.#half));
    if (act.do === "other-half") this.#half = undefined;
    if (act.do === "half-line") this.#half = "line";
    if (act.do === "half-put") this.#half = "body";
  }

  async barrier(): Promise<void> {
    if (this.#half !== undefined || this.#endedInput || this.#closed) return;
    const passed = new Promise<void>((resolve) => this.#passed = resolve);
    await this.#connection.send(`{"type":"ping","id":"barrier ${++this.#barriers}"}\n`);
    await passed;
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  #take(reply: Reply, body: string) {
    if (reply.type === "usage" || reply.type === "stdin") return;
    if (reply.type === "pong" && reply.id === `barrier ${this.#barriers}`) return this.#passed();
    if (reply.type === "stdout" || reply.type === "stderr") {
      if (reply.type === "stdout") this.#streamed += body;
      return;
    }
    if (reply.type === "ack") this.#streamed = "";
    this.inbox.push(seenOf(reply, body, this.#streamed));
    this.#notice();
  }

  #end() {
    this.#closed = true;
    this.#passed();
    this.inbox.push({ type: "closed" });
    this.#notice();
  }
}

/** The fields that the model looks at. */
export function seenOf(reply: Reply, body: string, streamed: string): Seen {
  const seen = { type: reply.type, ...("id" in reply ? { id: reply.id as number } : {}) };
  switch (reply.type) {
    case "result": {
      const { status, exit_code, signal, stdout } = reply;
      const out = streamed + body.slice(0, stdout.bytes ?? 0);
      if (out.length + stdout.dropped !== stdout.total) {
        return { ...seen, status, out: `${out.length} bytes of ${stdout.total}` };
      }
      return { ...seen, status, exit_code, signal, out };
    }
    case "error":
      return { ...seen, code: reply.code, field: reply.field, message: reply.message };
    case "ack":
      return { ...seen, stdin_window: reply.stdin_window };
    case "file":
      return { ...seen, body };
    case "files":
      return { ...seen, entries: shownEntries(reply.entries) };
    default:
      return seen;
  }
}

/** Entries as the model's tree shows them, without the program that the agent writes itself. */
export function shownEntries(
  entries: readonly { name: string; kind: string; size: number; target?: string }[],
): string[] {
  return entries.filter(({ name }) => name !== "main.sh").map(({ name, kind, size, target }) => {
    const node = { kind, content: { length: size }, target } as unknown as TreeNode;
    return `${name} ${shownNode(node)}`;
  }).sort();
}
