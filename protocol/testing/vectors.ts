// Reads the protocol's test vectors: protocol/vectors/*.json, which every client's tests share.
//
// A text of a vector is a string, or a list of parts: strings, bytes in hexadecimal, repeated text.

/** One part of a text. */
export type Part =
  | string
  | { readonly hex: string }
  | { readonly repeat: string; readonly times: number };
/** A text, or any bytes. */
export type Parts = string | Part | readonly Part[];

const encoder = new TextEncoder();

function bytesOfPart(part: Part): Uint8Array {
  if (typeof part === "string") return encoder.encode(part);
  return "hex" in part
    ? Uint8Array.fromHex(part.hex)
    : encoder.encode(part.repeat.repeat(part.times));
}

/** The bytes of a vector's text. */
export function bytesOf(parts: Parts): Uint8Array<ArrayBuffer> {
  const all = (Array.isArray(parts) ? parts : [parts]).map(bytesOfPart);
  const bytes = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const one of all) {
    bytes.set(one, at);
    at += one.length;
  }
  return bytes;
}

/** The vector's text. */
export function textOf(parts: Parts): string {
  return new TextDecoder().decode(bytesOf(parts));
}

/** One file of vectors, by its name without ".json". */
// deno-lint-ignore no-explicit-any -- each file has its own shape, which its test knows
export function vectorsOf(name: string): any {
  return JSON.parse(Deno.readTextFileSync(new URL(`../vectors/${name}.json`, import.meta.url)));
}
