// The least that a client of HTTP can be: one connection to a Unix socket that stays open, requests
// that are bytes already, and answers of which only the status and the length are looked at. What a
// request takes with it is the server's time, and the kernel's.

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The bytes of a request. */
export function requestBytes(path: string, body?: string): Uint8Array {
  if (body === undefined) return encoder.encode(`GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`);
  const type = "Content-Type: application/json";
  const length = `Content-Length: ${encoder.encode(body).length}`;
  return encoder.encode(`POST ${path} HTTP/1.1\r\nHost: h\r\n${type}\r\n${length}\r\n\r\n${body}`);
}

/** A client. Disposing closes its connection. */
export class LeanClient implements Disposable {
  readonly #buffer = new Uint8Array(64 * 1024);

  private constructor(readonly connection: Deno.Conn) {}

  static async connect(path: string): Promise<LeanClient> {
    return new LeanClient(await Deno.connect({ transport: "unix", path }));
  }

  /** Sends a request, and returns the body of its answer. @throws Error if that is not 200 */
  async ask(request: Uint8Array): Promise<string> {
    for (let sent = 0; sent < request.length;) {
      sent += await this.connection.write(request.subarray(sent));
    }
    let text = "";
    for (let end = -1;;) {
      const count = await this.connection.read(this.#buffer);
      if (count === null) throw new Error(`The connection ended after: ${text}`);
      text += decoder.decode(this.#buffer.subarray(0, count));
      if (end < 0) end = endOf(text);
      if (end >= 0 && text.length >= end) return text.slice(text.indexOf("\r\n\r\n") + 4);
    }
  }

  [Symbol.dispose](): void {
    this.connection.close();
  }
}

/** Where an answer in ASCII ends; -1 while that is not known. @throws Error if it is not 200 */
function endOf(text: string): number {
  const head = text.indexOf("\r\n\r\n");
  if (head < 0) return -1;
  const length = /^content-length: (\d+)$/im.exec(text.slice(0, head))?.[1];
  if (!text.startsWith("HTTP/1.1 200 ") || length === undefined) {
    throw new Error(`No answer that is measured: ${text}`);
  }
  return head + 4 + Number(length);
}
