// Sections and expectations of PHP's test files.

import assert from "node:assert/strict";
import { expectation, parsePhpTest } from "./phpt.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("phpt: a program, its arguments and what it prints", () => {
  const text = '--TEST--\nx\n--ARGS--\na b\n--FILE--\n<?php echo "--", 1;\n--EXPECT--\n--1\n';
  const test = parsePhpTest(bytes(text), "x.phpt")!;
  assert.deepEqual([test.code, test.args], ['<?php echo "--", 1;\n', ["a", "b"]]);
  assert.match("--1", new RegExp(test.expects, "su"));
  assert.doesNotMatch("--12", new RegExp(test.expects, "su"));
});

Deno.test("phpt: a section that needs more than a program", () => {
  assert.equal(parsePhpTest(bytes("--FILE--\n1\n--INI--\na=1\n--EXPECT--\n1"), "x.phpt"), null);
});

Deno.test("phpt: words of EXPECTF stand for what differs", () => {
  const like = new RegExp(`^${expectation("a %d%%: %s (%r[xy]+%r)%A")}$`, "su");
  assert.match("a 12%: some words (xyx)", like);
  assert.doesNotMatch("a b%: some words (xyx)", like);
  assert.doesNotMatch("a 12%: some\nwords (xyx)", like);
});
