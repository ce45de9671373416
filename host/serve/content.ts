// Bytes in JSON: a string where they are text, else base64 in an object that says so.
//
// Both directions use it, so that what a run returns can be sent to the next.

import * as v from "valibot";
import { closed, text } from "../../protocol/fields.ts";

const rule = 'must be a string, or {"base64": a string of base64}';

/** Base64 with its padding (RFC 4648, section 4). */
const base64 = v.pipe(v.string(rule), v.check(isBase64, rule));

/** The schema of bytes. */
export const content = v.union([text, closed({ base64 })], rule);

/** Bytes in JSON. */
export type Content = v.InferOutput<typeof content>;

function isBase64(value: string): boolean {
  try {
    Uint8Array.fromBase64(value, { lastChunkHandling: "strict" });
    return true;
  } catch {
    return false;
  }
}

/** The bytes. */
export function bytesOf(value: Content): Uint8Array<ArrayBuffer> {
  if (typeof value === "string") return new TextEncoder().encode(value);
  return Uint8Array.fromBase64(value.base64) as Uint8Array<ArrayBuffer>;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The bytes in JSON. */
export function contentOf(bytes: Uint8Array): Content {
  try {
    return decoder.decode(bytes);
  } catch {
    return { base64: bytes.toBase64() };
  }
}
