// Sends an answer, at the client's pace but not slower than it may be.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/** How long what a client still sends is read and dropped, so that it can read its refusal. */
const LINGER_MS = 2000;

/** Sends it. A client that takes nothing for `stallMs` is cut off. Returns the body's bytes. */
export async function send(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  response: Response,
  stallMs: number,
): Promise<number> {
  const headers: Record<string, string> = Object.fromEntries(response.headers);
  const unread = !incoming.complete;
  if (unread) headers.connection = "close";
  const isStream = headers["content-type"]?.startsWith("text/event-stream");
  const reader = isStream ? response.body!.getReader() : null;
  const whole = isStream ? null : await response.bytes();
  if (whole !== null) headers["content-length"] = String(whole.length);
  outgoing.writeHead(response.status, headers);
  let size = 0;
  const write = async (bytes: Uint8Array) => {
    size += bytes.length;
    if (!outgoing.write(bytes)) await drained(outgoing, stallMs);
  };
  if (whole !== null) {
    size = whole.length;
    outgoing.end(whole);
    // The last bytes may wait for the client too.
    const late = setTimeout(() => outgoing.destroy(), stallMs);
    outgoing.on("close", () => clearTimeout(late));
    outgoing.on("finish", () => clearTimeout(late));
  } else await pump(reader!, outgoing, write);
  if (unread) dropRest(incoming);
  return size;
}

async function pump(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  outgoing: ServerResponse,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (outgoing.destroyed) return await reader.cancel();
      if (done) return void outgoing.end();
      await write(value);
    }
  } catch {
    await reader.cancel().catch(() => {});
    outgoing.destroy();
  }
}

/** Resolves when there is room again, or when nobody is there. */
function drained(outgoing: ServerResponse, stallMs: number): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(() => outgoing.destroy(), stallMs);
    const done = () => {
      clearTimeout(late);
      outgoing.off("drain", done);
      outgoing.off("close", done);
      resolve();
    };
    outgoing.on("drain", done);
    outgoing.on("close", done);
    if (outgoing.destroyed) done();
  });
}

/** Reads what still comes, for a while: closing at once would take the answer from the client. */
function dropRest(incoming: IncomingMessage): void {
  incoming.resume();
  const timer = setTimeout(() => incoming.socket.destroy(), LINGER_MS);
  incoming.on("end", () => clearTimeout(timer));
  incoming.on("close", () => clearTimeout(timer));
}

/** Answers what is no HTTP, or came too slowly. */
export function answerRaw(error: Error & { code?: string }, socket: Duplex): void {
  const status = error.code === "HPE_HEADER_OVERFLOW"
    ? "431 Request Header Fields Too Large"
    : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
    ? "408 Request Timeout"
    : "400 Bad Request";
  if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
  refuseRaw(status, socket);
}

/** An answer without a body, on a connection that ends with it. */
export function refuseRaw(status: string, socket: Duplex): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
