// Changes an input a little: bits, bytes, pieces of other inputs, and the words of a target.

import { randomOf } from "../helpers/random.ts";

/** Whole numbers from a seed. */
export function randomFrom(seed: number): (below: number) => number {
  const random = randomOf(seed);
  return (below) => (random() * 2 ** 32) % below;
}

const encoder = new TextEncoder();
const numbers = ["0", "-1", "1", "65536", "4294967296", "9007199254740993", "1e999", "-0"];
const edges = [0, 1, 0x7f, 0x80, 0xff, 0x0a, 0x22, 0x5c, 0x7b, 0x7d, 0x2e, 0x2f, 0x20];

/** The longest input. */
const LONGEST = 4096;

/** A changed copy of `input`. `others` lend pieces; `words` are texts that the target knows. */
export function mutate(
  input: Uint8Array,
  others: readonly Uint8Array[],
  words: readonly string[],
  random: (below: number) => number,
): Uint8Array<ArrayBuffer> {
  let bytes = input.slice();
  for (let changes = 1 + random(4); changes > 0; changes--) {
    const at = random(bytes.length + 1);
    const length = random(Math.min(64, bytes.length - at + 1));
    const piece = () => {
      const other = others[random(others.length)];
      const from = random(other.length + 1);
      return other.subarray(from, from + 1 + random(64));
    };
    switch (random(8)) {
      case 0:
        if (at < bytes.length) bytes[at] ^= 1 << random(8);
        break;
      case 1:
        if (at < bytes.length) bytes[at] = edges[random(edges.length)];
        break;
      case 2:
        bytes = spliced(bytes, at, length, new Uint8Array(0));
        break;
      case 3:
        bytes = spliced(bytes, at, 0, bytes.slice(at, at + length));
        break;
      case 4:
        bytes = spliced(bytes, at, length, piece());
        break;
      case 5:
        bytes = spliced(bytes, at, random(2) * length, encoder.encode(words[random(words.length)]));
        break;
      case 6:
        bytes = spliced(bytes, at, length, encoder.encode(numbers[random(numbers.length)]));
        break;
      default:
        bytes = spliced(bytes, at, 0, Uint8Array.of(random(256), random(256)));
    }
  }
  return bytes.slice(0, LONGEST);
}

function spliced(
  bytes: Uint8Array,
  at: number,
  length: number,
  put: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(bytes.length - length + put.length);
  result.set(bytes.subarray(0, at));
  result.set(put, at);
  result.set(bytes.subarray(at + length), at + put.length);
  return result;
}
