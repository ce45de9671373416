// The framing gives the same frames however the stream is split, and each malformed stream gives
// its error.

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { Framing, type FramingLimits } from "./framing.ts";

const limits: FramingLimits = { lineBytes: 200, bodyBytes: 1000 };
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The frames a reader gives for a stream that arrives in these pieces. Adjacent chunks of one body
 * are joined.
 */
function framesOf(pieces: Uint8Array[], most = Infinity, skipAt = -1): string[] {
  const framing = new Framing(limits);
  const frames: string[] = [];
  let messages = 0;
  let body = "";
  for (const piece of pieces) {
    framing.feed(piece);
    for (let frame = framing.next(most); frame !== null; frame = framing.next(most)) {
      switch (frame.kind) {
        case "message":
          frames.push(`${JSON.stringify(frame.value)} + ${frame.bytes}`);
          if (messages++ === skipAt) framing.skipBody();
          break;
        case "body":
          assert(frame.chunk.length > 0 && frame.chunk.length <= most);
          body += decoder.decode(frame.chunk);
          if (frame.remaining === 0) frames.push(`body ${body}`);
          if (frame.remaining === 0) body = "";
          break;
        case "error":
          frames.push(
            `${frame.fatal ? "fatal" : "error"} ${frame.error.code} ${frame.error.field}`,
          );
          break;
      }
    }
  }
  return [...frames, `boundary ${framing.atBoundary} dead ${framing.dead}`];
}

const letters = fc.string({ unit: fc.constantFrom("a", "b", "{", "\n", '"'), maxLength: 60 });

/** A piece of a stream: a valid message, with or without a body, or a malformed line. */
const part = fc.oneof(
  letters.map((body) => JSON.stringify({ type: "put", bytes: body.length }) + "\n" + body),
  fc.record({ type: fc.constant("ping"), id: fc.string({ maxLength: 20 }) })
    .map((value) => JSON.stringify(value) + "\n"),
  fc.constantFrom("\n", "nonsense\n", "[]\n", "{\n", '{"bytes":0}\n', "NaN\n"),
  fc.constantFrom('{"bytes":-1}\n', '{"bytes":1001}\n', "x".repeat(201), '{"half'),
);

function split(bytes: Uint8Array, cuts: number[]): Uint8Array[] {
  const at = [
    0,
    ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b),
    bytes.length,
  ];
  return at.slice(1).map((end, i) => bytes.slice(at[i], end));
}

Deno.test("framing: any split of a stream gives the same frames", () => {
  fc.assert(fc.property(
    fc.array(part, { maxLength: 8 }),
    fc.array(fc.nat(), { maxLength: 12 }),
    fc.integer({ min: 1, max: 70 }),
    (parts, cuts, most) => {
      const bytes = encoder.encode(parts.join(""));
      assert.deepEqual(framesOf(split(bytes, cuts), most), framesOf([bytes]));
    },
  ));
});

Deno.test("framing: every byte on its own gives the same frames", () => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const bytes = encoder.encode(parts.join(""));
      const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
      assert.deepEqual(framesOf(single), framesOf([bytes]));
    }),
    { numRuns: 50 },
  );
});

Deno.test("framing: random bytes never throw and never wake the dead", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
    const framing = new Framing(limits);
    framing.feed(bytes);
    let frame = framing.next();
    while (frame !== null && !framing.dead) frame = framing.next();
    if (!framing.dead) return;
    assert.equal(framing.next(), null);
    framing.feed(encoder.encode('{"type":"ping"}\n'));
    assert.equal(framing.next(), null);
  }));
});

Deno.test("framing: a body may hold newlines, and the next line follows it", () => {
  const stream = encoder.encode('{"type":"a","bytes":4}\n\n{}\n{"type":"b"}\n');
  assert.deepEqual(framesOf([stream]), [
    '{"type":"a","bytes":4} + 4',
    "body \n{}\n",
    '{"type":"b"} + 0',
    "boundary true dead false",
  ]);
});

Deno.test("framing: a body of no bytes has no body frame", () => {
  assert.deepEqual(framesOf([encoder.encode('{"bytes":0}\n{}\n')]), [
    '{"bytes":0} + 0',
    "{} + 0",
    "boundary true dead false",
  ]);
});

Deno.test("framing: a skipped body is not seen, whatever the split", () => {
  fc.assert(fc.property(letters, fc.array(fc.nat(), { maxLength: 6 }), (body, cuts) => {
    const bytes = encoder.encode(`{"n":1,"bytes":${body.length}}\n${body}{"n":2}\n`);
    assert.deepEqual(framesOf(split(bytes, cuts), Infinity, 0), [
      `{"n":1,"bytes":${body.length}} + ${body.length}`,
      '{"n":2} + 0',
      "boundary true dead false",
    ]);
  }));
});

Deno.test("framing: the longest line is taken, one byte more ends it", () => {
  const longest = `{"x":"${"y".repeat(limits.lineBytes - 8)}"}`;
  assert.equal(longest.length, limits.lineBytes);
  assert.equal(framesOf([encoder.encode(longest + "\n")]).length, 2);
  assert.deepEqual(framesOf([encoder.encode(" " + longest + "\n{}\n")]), [
    "fatal too_large undefined",
    "boundary false dead true",
  ]);
});

Deno.test("framing: a line that is too long is refused before it ends", () => {
  assert.deepEqual(framesOf([encoder.encode("x".repeat(150)), encoder.encode("x".repeat(51))]), [
    "fatal too_large undefined",
    "boundary false dead true",
  ]);
});

Deno.test("framing: it is at a boundary only between messages", () => {
  const framing = new Framing(limits);
  assert(framing.atBoundary);
  for (
    const [input, boundary] of [["{", false], ["}\n", true], ['{"bytes":2}\na', false]] as const
  ) {
    framing.feed(encoder.encode(input));
    while (framing.next() !== null);
    assert.equal(framing.atBoundary, boundary, input);
  }
  framing.clear();
  assert(framing.atBoundary);
});

Deno.test("framing: bytes that were not taken are not forgotten", () => {
  const framing = new Framing(limits);
  framing.feed(encoder.encode("{}\n{}\n"));
  framing.next();
  assert.equal(framing.pending, 3);
  assert.throws(() => framing.feed(encoder.encode("{}\n")), TypeError);
});
