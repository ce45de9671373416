// A raw connection to the agent: sends any bytes, receives lines and bodies, each with a time
// limit.
//
// The client library refuses to send malformed messages, but tests of malformed requests must send
// them. It must never hang: whatever does not arrive in time becomes an error or null.

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Any message of the agent, unchecked. */
// deno-lint-ignore no-explicit-any -- tests look at whatever came
export type Message = { type: string; [field: string]: any };

/** A message with the bytes that followed it. */
export interface Delivery {
  message: Message;
  body: Uint8Array;
}

/** One raw connection. */
export class Wire implements Disposable {
  readonly #connection: Deno.UnixConn;
  readonly #chunk = new Uint8Array(65536);
  #held = new Uint8Array(0);
  #ended = false;
  #reading: Promise<void> | null = null;

  private constructor(connection: Deno.UnixConn) {
    this.#connection = connection;
  }

  /** Connects to the agent's Unix socket. */
  static async connect(path: string): Promise<Wire> {
    return new Wire(await Deno.connect({ transport: "unix", path }));
  }

  /** Sends bytes as they are. Returns false if the agent has closed the connection. */
  async send(data: string | Uint8Array): Promise<boolean> {
    const bytes = typeof data === "string" ? encoder.encode(data) : data;
    try {
      for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
      return true;
    } catch {
      return false;
    }
  }

  /** Sends one message, with a body if one is given. */
  async say(message: object, body?: Uint8Array): Promise<boolean> {
    const sent = await this.send(JSON.stringify(message) + "\n");
    return body === undefined ? sent : await this.send(body);
  }

  /**
   * Returns the next line as a message, or null at the end of the connection. Throws if nothing
   * arrives in time.
   */
  async message(limitMs = 5000): Promise<Message | null> {
    for (;;) {
      const end = this.#held.indexOf(10);
      if (end !== -1) {
        const line = decoder.decode(this.#held.subarray(0, end));
        this.#held = this.#held.slice(end + 1);
        return JSON.parse(line);
      }
      if (!await this.#more(limitMs)) return null;
    }
  }

  /** Returns the next message with its body. */
  async delivery(limitMs = 5000): Promise<Delivery | null> {
    const message = await this.message(limitMs);
    if (message === null) return null;
    const length = message.bytes ?? 0;
    while (this.#held.length < length) {
      if (!await this.#more(limitMs)) {
        throw new Error(`Only ${this.#held.length} of ${length} bytes`);
      }
    }
    const body = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    return { message, body };
  }

  /** Reads until a message of that type arrives. Throws at the end of the connection. */
  async until(type: string, limitMs = 5000): Promise<Delivery> {
    for (;;) {
      const delivery = await this.delivery(limitMs);
      if (delivery === null) throw new Error(`The connection ended before "${type}"`);
      if (delivery.message.type === type) return delivery;
    }
  }

  /** Whether the agent closes the connection within the time, whatever it sends before. */
  async closes(limitMs: number): Promise<boolean> {
    try {
      while (await this.#more(limitMs)) this.#held = new Uint8Array(0);
      return true;
    } catch {
      return false;
    }
  }

  /** Closes the connection at once. */
  [Symbol.dispose](): void {
    try {
      this.#connection.close();
    } catch {
      // It is already closed.
    }
  }

  async #more(limitMs: number): Promise<boolean> {
    if (this.#ended) return false;
    // A read that missed its time limit continues: the next call waits for the same read.
    this.#reading ??= this.#read();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<"late">((resolve) => {
      timer = setTimeout(() => resolve("late"), limitMs);
    });
    const first = await Promise.race([this.#reading, late]);
    clearTimeout(timer);
    if (first === "late") throw new Error(`Nothing came for ${limitMs} ms`);
    return !this.#ended;
  }

  async #read(): Promise<void> {
    try {
      const count = await this.#connection.read(this.#chunk);
      if (count === null) this.#ended = true;
      else {
        const joined = new Uint8Array(this.#held.length + count);
        joined.set(this.#held);
        joined.set(this.#chunk.subarray(0, count), this.#held.length);
        this.#held = joined;
      }
    } catch {
      this.#ended = true;
    } finally {
      this.#reading = null;
    }
  }
}
