// Lines that are not JSON objects, each with the rule it breaks.

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { maxDepth, parseLine } from "./json_line.ts";
import { ProtocolError } from "./protocol_error.ts";

const encoder = new TextEncoder();
const notJson = "must be one line of JSON";
const notObject = "must be a JSON object";
const notText = "must be UTF-8";
const deep = `must be nested at most ${maxDepth} deep`;

const refused: [string | Uint8Array, string][] = [
  ["", notJson],
  [" ", notJson],
  ["hello", notJson],
  ["{", notJson],
  ["}", notJson],
  ["{}{}", notJson],
  ["{}]", notJson],
  ["{'a':1}", notJson],
  ["{a:1}", notJson],
  ['{"a":1,}', notJson],
  ['{"a":NaN}', notJson],
  ['{"a":Infinity}', notJson],
  ['{"a":-Infinity}', notJson],
  ['{"a":undefined}', notJson],
  ['{"a":0x10}', notJson],
  ['{"a":01}', notJson],
  ['{"a":+1}', notJson],
  ['{"a":.5}', notJson],
  ['{"a":1n}', notJson],
  ['{"a":"\u0001"}', notJson],
  ['{"a":"\\x41"}', notJson],
  ['{"a":"\\u12"}', notJson],
  ['{"a":"open}', notJson],
  ['{"a":1} // more', notJson],
  ["\ufeff{}", notJson],
  ["[]", notObject],
  ["[{}]", notObject],
  ["null", notObject],
  ["true", notObject],
  ["1e999", notObject],
  ['"run"', notObject],
  ["[".repeat(60_000), deep],
  ['{"a":'.repeat(10_000) + "1" + "}".repeat(10_000), deep],
  ['{"a":'.repeat(maxDepth + 1) + "1" + "}".repeat(maxDepth + 1), deep],
  [Uint8Array.of(0x7b, 0xff, 0x7d), notText],
  [Uint8Array.of(0xc0, 0x80), notText],
  [Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22), notText],
  [Uint8Array.of(0xf4, 0x90, 0x80, 0x80), notText],
];

Deno.test("parseLine: refuses what is no JSON object, and says why", () => {
  for (const [line, rule] of refused) {
    const bytes = typeof line === "string" ? encoder.encode(line) : line;
    assert.throws(
      () => parseLine(bytes),
      (error) =>
        error instanceof ProtocolError && error.code === "bad_request" && error.rule === rule,
      String(line).slice(0, 60),
    );
  }
});

Deno.test("parseLine: takes any object of few levels, as JSON.parse does", () => {
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })), (value) => {
    const line = JSON.stringify(value);
    assert.deepEqual(parseLine(encoder.encode(line)), JSON.parse(line));
  }));
});

Deno.test("parseLine: brackets inside strings are no nesting", () => {
  const text = '[{"'.repeat(5000) + '\\"\\\\';
  assert.equal(parseLine(encoder.encode(JSON.stringify({ text }))).text, text);
  const within = '{"a":'.repeat(maxDepth) + "1" + "}".repeat(maxDepth);
  assert.equal(typeof parseLine(encoder.encode(within)), "object");
});

Deno.test("parseLine: a name given twice counts with its last value", () => {
  assert.deepEqual(parseLine(encoder.encode('{"a":1,"a":2}')), { a: 2 });
});

Deno.test("parseLine: a carriage return before the end of the line is white space", () => {
  assert.deepEqual(parseLine(encoder.encode('{"a":1}\r')), { a: 1 });
});
