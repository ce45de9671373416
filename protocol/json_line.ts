// Parses one line of bytes into one JSON object. Every kind of bad line has its own error.
//
// The nesting is checked before parsing, so that no line makes the parser or later code recurse
// deeply. If a name occurs twice in one object, the last value counts, as in JSON.parse. Nothing
// else reads the line, so there is no other interpretation of it.

import { asciiText } from "./ascii.ts";
import { ProtocolError } from "./protocol_error.ts";

/** Most levels of nested objects and arrays; the deepest message of the protocol has three. */
export const maxDepth = 16;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Parses one line (without its "\n").
 *
 * @param mostCommas Where the line itself has no useful bound: how many commas may separate values.
 * @throws {ProtocolError} `bad_request`: not UTF-8, nested too deep, not JSON, or not an object.
 */
export function parseLine(line: Uint8Array, mostCommas = Infinity): Record<string, unknown> {
  let text: string;
  try {
    text = asciiText(line) ?? decoder.decode(line);
  } catch (cause) {
    throw new ProtocolError("bad_request", "must be UTF-8", undefined, { cause });
  }
  if (tooDeep(text, mostCommas)) {
    throw new ProtocolError(
      "bad_request",
      mostCommas === Infinity
        ? `must be nested at most ${maxDepth} deep`
        : `must be nested at most ${maxDepth} deep, with at most ${mostCommas} commas`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ProtocolError("bad_request", "must be one line of JSON", undefined, { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ProtocolError("bad_request", "must be a JSON object");
  }
  return value as Record<string, unknown>;
}

/** Whether brackets outside strings nest deeper than `maxDepth`, or there are more commas. */
function tooDeep(text: string, mostCommas: number): boolean {
  let [depth, commas] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: // "
        i = endOfString(text, i + 1);
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > maxDepth) return true;
        break;
      case 0x2c: // ,
        if (++commas > mostCommas) return true;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
    }
  }
  return false;
}

/**
 * Index of the quote that closes the string whose content starts at `from`, or the end of the text.
 */
function endOfString(text: string, from: number): number {
  for (let quote = text.indexOf('"', from); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let slashes = 0;
    while (text.charCodeAt(quote - 1 - slashes) === 0x5c) slashes++;
    // After an even number of backslashes the quote is not escaped.
    if (slashes % 2 === 0) return quote;
  }
  return text.length;
}
