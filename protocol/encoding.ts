// Messages to bytes: one line of JSON, ended by a newline.
//
// A body is never copied behind its line: whoever sends writes the line, then the body.

import { asciiBytes } from "./ascii.ts";

const encoder = new TextEncoder();

/** The line of one message. A body of `bytes` bytes is sent after it as it is. */
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
 * Writes the line before a piece of output: `{"type":"stdout","offset":0,"bytes":5}`. Allocates one
 * string.
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
