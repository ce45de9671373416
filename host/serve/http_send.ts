// Sends an answer, at the client's pace but not slower than it may be.

import { Buffer } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Answer } from "./answer.ts";

/** How long what a client still sends is read and dropped, so that it can read its refusal. */
const LINGER_MS = 2000;

/** Sends it. A client that takes nothing for `stallMs` is cut off. Returns the body's bytes. */
export async function send(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { status, headers, body }: Answer,
  stallMs: number,
): Promise<number> {
  const unread = !incoming.complete;
  const last = unread ? { connection: "close" } : {};
  let size: number;
  if (typeof body === "string") {
    size = Buffer.byteLength(body);
    outgoing.writeHead(status, { ...headers, ...last, "content-length": size });
    outgoing.end(body);
    if (outgoing.writableLength > 0) cutOffIfLate(outgoing, stallMs);
  } else {
    outgoing.writeHead(status, { ...headers, ...last });
    size = await pump(body, outgoing, stallMs);
  }
  if (unread) dropRest(incoming);
  return size;
}

/** Sends the pieces until there are no more, or until the client has gone. Returns their bytes. */
async function pump(
  pieces: AsyncIterable<string>,
  outgoing: ServerResponse,
  stallMs: number,
): Promise<number> {
  let size = 0;
  try {
    for await (const piece of pieces) {
      if (outgoing.destroyed) return size;
      size += Buffer.byteLength(piece);
      if (!outgoing.write(piece)) await drained(outgoing, stallMs);
    }
    outgoing.end();
    if (outgoing.writableLength > 0) cutOffIfLate(outgoing, stallMs);
  } catch {
    outgoing.destroy();
  }
  return size;
}

/** The last bytes may wait for the client too. */
function cutOffIfLate(outgoing: ServerResponse, stallMs: number): void {
  const late = setTimeout(() => outgoing.destroy(), stallMs);
  const done = () => clearTimeout(late);
  outgoing.on("close", done);
  outgoing.on("finish", done);
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
