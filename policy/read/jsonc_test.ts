// The reader takes what JSON.parse takes, and knows where everything stands.

import assert from "node:assert/strict";
import fc from "fast-check";
import { type Path, readJsonc } from "./jsonc.ts";
import { PolicyError } from "./problem.ts";
import { readPolicy } from "./read_policy.ts";
import { policyText } from "../testing/test_policy.ts";

const json = fc.jsonValue({ maxDepth: 4 });

/** Null prototypes and plain objects are the same here. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** Every way into a value, and what stands at its end. */
function* ways(value: unknown, path: Path = []): Generator<[Path, unknown]> {
  if (path.length > 0) yield [path, value];
  if (value === null || typeof value !== "object") return;
  for (const [key, item] of Object.entries(value)) {
    yield* ways(item, [...path, Array.isArray(value) ? Number(key) : key]);
  }
}

Deno.test("any JSON is read as JSON.parse reads it", () => {
  fc.assert(fc.property(json, fc.constantFrom(0, 2), (value, indent) => {
    const text = JSON.stringify(value, null, indent);
    assert.deepEqual(plain(readJsonc(text).value), JSON.parse(text));
  }));
});

Deno.test("the position of a value is where its key or itself begins", () => {
  fc.assert(fc.property(json, (value) => {
    const text = JSON.stringify(value, null, 2);
    const source = readJsonc(text);
    const lines = text.split("\n");
    for (const [path, item] of ways(JSON.parse(text))) {
      const { line, column } = source.at(path);
      const key = path.at(-1);
      const begin = typeof key === "string" ? JSON.stringify(key) : JSON.stringify(item)[0];
      assert.ok(lines[line - 1].startsWith(begin, column - 1), `${path} in ${text}`);
    }
  }));
});

Deno.test("comments are skipped, of both kinds", () => {
  assert.deepEqual(plain(readJsonc('// a\n{ /* b */ "x": [1, 2] } // c').value), { x: [1, 2] });
});

Deno.test("what is not JSON is refused with a place, whatever it is", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    let parsed = true;
    try {
      JSON.parse(text);
    } catch {
      parsed = false;
    }
    try {
      readJsonc(text);
    } catch (error) {
      assert.ok(error instanceof PolicyError, String(error));
      assert.ok(error.problems.every(({ line, column }) => line >= 1 && column >= 1));
      assert.ok(!parsed, `refused ${JSON.stringify(text)}: ${error.message}`);
    }
  }));
});

Deno.test("a policy with one character removed is read or refused, never anything else", () => {
  const right = policyText();
  fc.assert(fc.property(fc.nat(right.length - 1), (at) => {
    try {
      readPolicy(right.slice(0, at) + right.slice(at + 1));
    } catch (error) {
      assert.ok(error instanceof PolicyError, String(error));
    }
  }));
});

Deno.test("a key like __proto__ is only a key", () => {
  const { value } = readJsonc('{ "__proto__": { "a": 1 } }');
  assert.deepEqual(Object.keys(value as object), ["__proto__"]);
});
