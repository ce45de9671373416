// The bytes of a raw client: sent as they are, and read as checked messages.

import { Framing } from "../../protocol/framing.ts";
import { parseReply } from "../../protocol/parse_reply.ts";
import type { Reply } from "../../protocol/protocol.ts";

/** Latin-1: each character is one byte, so that a text can say any bytes. */
const bytesOf = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const decoder = new TextDecoder();

/** One connection. */
export class RawConnection {
  readonly #connection: Deno.UnixConn;
  readonly #framing = new Framing({ lineBytes: 1 << 20, bodyBytes: 1 << 24 });
  #reading: Promise<void> = Promise.resolve();

  private constructor(connection: Deno.UnixConn) {
    this.#connection = connection;
  }

  /** Connects to a Unix socket. */
  static async connect(path: string): Promise<RawConnection> {
    return new RawConnection(await Deno.connect({ transport: "unix", path }));
  }

  /** Sends text whose characters are bytes. What an agent that has closed does not take is lost. */
  async send(text: string): Promise<void> {
    const bytes = bytesOf(text);
    try {
      for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
    } catch { /* its end is seen by reading */ }
  }

  /** Says that no more will be sent. */
  async endInput(): Promise<void> {
    await this.#connection.closeWrite().catch(() => {});
  }

  /** Gives each message with its body to `take`; `end` is told the end of the connection. */
  follow(take: (reply: Reply, body: string) => void, end: () => void): void {
    this.#reading = this.#read(take).catch((error) => {
      // Whatever is no protocol is a difference too: it shows as a message that nothing allows.
      if (error instanceof Error && error.name === "ProtocolError") {
        take({ type: "error", code: "internal", message: error.message, field: error.message }, "");
      }
    }).then(end);
  }

  /** Closes the connection at once. */
  async close(): Promise<void> {
    try {
      this.#connection.close();
    } catch { /* it is closed already */ }
    await this.#reading;
  }

  async #read(take: (reply: Reply, body: string) => void): Promise<void> {
    const chunk = new Uint8Array(1 << 16);
    let reply: Reply | undefined;
    let body = "";
    for (;;) {
      const count = await this.#connection.read(chunk);
      if (count === null) return;
      this.#framing.feed(chunk.subarray(0, count));
      for (let frame = this.#framing.next(); frame !== null; frame = this.#framing.next()) {
        if (frame.kind === "error") throw frame.error;
        if (frame.kind === "message") {
          reply = parseReply(frame.value);
          body = "";
          if (frame.bytes === 0) take(reply, body);
        } else {
          body += decoder.decode(frame.chunk);
          if (frame.remaining === 0) take(reply!, body);
        }
      }
    }
  }
}
