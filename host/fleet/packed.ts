// A message of a fleet: one line of JSON, then bytes, as in Sallyport's own protocol.
//
// The bytes are several parts behind one another. The line says how long each is, so that neither
// code nor output must be turned into text.

import { FleetError } from "./fleet_error.ts";

/** A message in its two halves. */
export interface Packed {
  readonly line: Readonly<Record<string, unknown>>;
  readonly parts: readonly Uint8Array[];
}

/** Puts parts behind one another. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Takes them apart again. @throws FleetError "malformed" */
export function divided(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  let at = 0;
  const parts = lengths.map((length) => bytes.subarray(at, at += length));
  if (at !== bytes.length) throw malformed(`it has ${bytes.length} bytes instead of ${at}`);
  return parts;
}

/** One message. With `blob` the bytes are elsewhere, under that name. */
export function pack({ line, parts }: Packed, blob?: string): Uint8Array<ArrayBuffer> {
  const lengths = parts.map(({ length }) => length);
  const text = JSON.stringify({ ...line, lengths, ...blob === undefined ? {} : { blob } });
  const head = new TextEncoder().encode(`${text}\n`);
  return blob === undefined ? joined([head, ...parts]) : head;
}

/** A message as it came: where it names a blob, `bytes` are still to be fetched. */
export interface Unpacked {
  readonly line: Readonly<Record<string, unknown>>;
  readonly lengths: readonly number[];
  readonly bytes: Uint8Array;
  readonly blob: string | undefined;
}

/** Reads a message. @throws FleetError "malformed" */
export function unpack(message: Uint8Array): Unpacked {
  const end = message.indexOf(0x0a);
  if (end === -1) throw malformed("it has no line");
  let read: unknown;
  try {
    read = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(message.subarray(0, end)));
  } catch (cause) {
    throw malformed("its line is no JSON", { cause });
  }
  if (typeof read !== "object" || read === null) throw malformed("its line is no object");
  const { lengths, blob, ...line } = read as Record<string, unknown>;
  const isLength = (value: unknown) => Number.isSafeInteger(value) && value as number >= 0;
  if (!Array.isArray(lengths) || !lengths.every(isLength)) throw malformed("it has no lengths");
  if (blob !== undefined && typeof blob !== "string") throw malformed("its blob has no name");
  return { line, lengths, bytes: message.subarray(end + 1), blob };
}

function malformed(why: string, options?: ErrorOptions): FleetError {
  return new FleetError("malformed", `Cannot read a message: ${why}`, options);
}
