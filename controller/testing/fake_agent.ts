// An agent that says what a test tells it to say, on a Unix socket of its own.
//
// It runs no program. With it the client is tested against everything an agent could do, above all
// what a good one never does.

import { encodeMessage } from "../../protocol/encoding.ts";
import { Framing } from "../../protocol/framing.ts";

/** A message a client sent, with its body. */
export interface Received {
  readonly value: Record<string, unknown>;
  readonly body: Uint8Array;
}

/** One client, from the agent's side. */
export class FakeConnection {
  readonly #conn: Deno.Conn;
  readonly #received: Received[] = [];
  readonly #framing = new Framing({ lineBytes: 70_000, bodyBytes: 1 << 28 });

  /** The message whose body is coming. */
  #value: Record<string, unknown> = {};
  readonly #body: number[] = [];

  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /** Sends one message, and a body behind it. */
  async send(message: { type: string; [field: string]: unknown }, body?: Uint8Array | string) {
    await this.raw(encodeMessage(message));
    if (body !== undefined) await this.raw(body);
  }

  /** Sends any bytes. */
  async raw(bytes: Uint8Array | string) {
    const all = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
    for (let at = 0; at < all.length;) at += await this.#conn.write(all.subarray(at));
  }

  /** The next message, with its whole body; null when the client left. */
  async next(): Promise<Received | null> {
    const buffer = new Uint8Array(65536);
    while (this.#received.length === 0) {
      const count = await this.#conn.read(buffer);
      if (count === null) return null;
      this.#framing.feed(buffer.subarray(0, count));
      for (let frame = this.#framing.next(); frame !== null; frame = this.#framing.next()) {
        if (frame.kind === "error") throw frame.error;
        if (frame.kind === "message") this.#value = frame.value;
        else for (const byte of frame.chunk) this.#body.push(byte);
        const whole = frame.kind === "message" ? frame.bytes === 0 : frame.remaining === 0;
        if (!whole) continue;
        this.#received.push({ value: this.#value, body: Uint8Array.from(this.#body.splice(0)) });
      }
    }
    return this.#received.shift()!;
  }

  /** The next bytes, up to a newline, that are not the protocol: a handshake. */
  async line(): Promise<string> {
    const byte = new Uint8Array(1);
    let line = "";
    while (!line.endsWith("\n") && await this.#conn.read(byte) !== null) {
      line += String.fromCharCode(byte[0]);
    }
    return line;
  }

  /** The next message, which must have this type. */
  async expect(type: string): Promise<Received> {
    const received = await this.next();
    if (received?.value.type === type) return received;
    throw new Error(`Expected "${type}", received ${JSON.stringify(received?.value)}`);
  }

  /** Takes a run and acknowledges it, with a window if its input streams. Returns the request. */
  async takeRun(windowBytes = 1 << 20): Promise<Received> {
    const request = await this.expect("run");
    const streams = (request.value.stdin as { stream?: boolean } | undefined)?.stream === true;
    const told = streams ? { stdin_window: windowBytes } : {};
    await this.send({ type: "ack", id: request.value.id, ...told });
    return request;
  }

  /** Sends a good result with these fields in place of its own. */
  async sendResult(id: unknown, fields: Record<string, unknown> = {}, body?: string) {
    await this.send({ ...goodResult, id, ...fields }, body);
  }

  /** Waits until the client leaves, and leaves too. */
  async end() {
    while (await this.next() !== null);
  }
}

/** A result of a program that exited with 0. */
export const goodResult = {
  type: "result",
  status: "exited",
  exit_code: 0,
  wall_ms: 12.5,
  cpu_user_ms: 8,
  cpu_system_ms: 2,
  memory_peak_bytes: 1 << 20,
  memory_source: "rusage",
  stdout: { total: 0, dropped: 0 },
  stderr: { total: 0, dropped: 0 },
  denied: [],
  survivors: 0,
  timing: {},
};

/** What the agent says first. */
export const ready = { type: "ready", protocol: 1, agent: "0.0.0-fake" };

/** A listening fake. Disposing it waits for its connections and throws what went wrong in them. */
export class FakeAgent implements AsyncDisposable {
  readonly #listener: Deno.UnixListener;
  readonly #directory: string;
  readonly #serving: Promise<void>;
  /** What a client connects to. */
  readonly target: string;

  private constructor(directory: string, serve: (conn: FakeConnection) => Promise<void>) {
    this.#directory = directory;
    this.target = `unix:${directory}/agent.sock`;
    this.#listener = Deno.listen({ transport: "unix", path: `${directory}/agent.sock` });
    this.#serving = this.#serve(serve);
  }

  /** Starts one that says `ready` on each connection, then does `serve`. */
  static start(serve: (conn: FakeConnection) => Promise<void>): FakeAgent {
    return FakeAgent.bare(async (conn) => {
      await conn.send(ready);
      await serve(conn);
    });
  }

  /** Starts one that says nothing on its own. */
  static bare(serve: (conn: FakeConnection) => Promise<void>): FakeAgent {
    return new FakeAgent(Deno.makeTempDirSync({ prefix: "sallyport-fake-" }), serve);
  }

  async #serve(serve: (conn: FakeConnection) => Promise<void>) {
    const open: Promise<void>[] = [];
    for await (const conn of this.#listener) {
      open.push(serve(new FakeConnection(conn)).finally(() => conn.close()));
      open.at(-1)!.catch(() => {});
    }
    await Promise.all(open);
  }

  async [Symbol.asyncDispose]() {
    this.#listener.close();
    await this.#serving.finally(() => Deno.removeSync(this.#directory, { recursive: true }));
  }
}
