// Reads a request's body: whole, bounded in bytes and in time.

import type { IncomingMessage } from "node:http";
import { Problem } from "./problem.ts";

/** @throws Problem "too_large" as soon as that is clear, "slow_request" */
export function readBody(
  incoming: IncomingMessage,
  limitBytes: number,
  limitMs: number,
): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const tooLarge = () =>
    reject(new Problem("too_large", `The request's body may have at most ${limitBytes} bytes`));
  const take = (chunk: Uint8Array) => {
    size += chunk.length;
    if (size > limitBytes) return tooLarge();
    chunks.push(chunk);
  };
  const late = () =>
    reject(new Problem("slow_request", `The request's body did not come within ${limitMs} ms`));
  let timer: ReturnType<typeof setTimeout> | undefined;
  // A small body is here as soon as the parser has returned, and needs no timer.
  queueMicrotask(() => {
    if (!incoming.complete) timer = setTimeout(late, limitMs);
  });
  incoming.on("data", take);
  incoming.on("end", () => resolve(chunks.length === 1 ? chunks[0] : joined(chunks, size)));
  incoming.on("close", () => {
    if (!incoming.complete) reject(new Problem("slow_request", "The client has gone"));
  });
  if (Number(incoming.headers["content-length"] ?? 0) > limitBytes) tooLarge();
  return promise.finally(() => {
    clearTimeout(timer);
    incoming.off("data", take);
    chunks.length = 0;
  });
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
