// Encodes messages as bytes: one line of JSON that ends with a newline.
//
// A body is never copied after its line: the sender writes the line, then the body.

import { asciiBytes } from "./ascii.ts";

const encoder = new TextEncoder();

/** The line of one message. The caller then sends a body of `bytes` bytes unchanged. */
export function encodeMessage(message: { readonly type: string }): Uint8Array<ArrayBuffer> {
  const line = JSON.stringify(message) + "\n";
  return asciiBytes(line) ?? encoder.encode(line);
}

/**
 * Writes the line of one message into `target`.
 *
 * @returns Bytes written, or -1 if the line does not fit.
 */
export function encodeMessageInto(message: { readonly type: string }, target: Uint8Array): number {
  const line = JSON.stringify(message) + "\n";
  const { read, written } = encoder.encodeInto(line, target);
  return read === line.length ? written : -1;
}

/**
 * Writes the line that precedes a piece of output: `{"type":"stdout","offset":0,"bytes":5}`.
 * Allocates one string.
 */
export function encodeOutputInto(
  stream: "stdout" | "stderr",
  offset: number,
  bytes: number,
  target: Uint8Array,
): number {
  const line = `{"type":"${stream}","offset":${offset},"bytes":${bytes}}\n`;
  return encoder.encodeInto(line, target).written;
}
