// Which paths a client may name, checked against the URL parser's idea of a path.

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { brokenPathRule } from "./path_rule.ts";

Deno.test("brokenPathRule: a path that may be used stays below any directory", () => {
  const segment = fc.oneof(
    fc.constantFrom("", ".", "..", "...", "a", "..a", "\0", " "),
    fc.string({ unit: "grapheme", maxLength: 6 }),
  );
  fc.assert(fc.property(fc.array(segment, { maxLength: 6 }), (segments) => {
    const path = segments.join("/");
    if (brokenPathRule(path) !== null) return;
    const url = new URL(path.split("/").map(encodeURIComponent).join("/"), "file:///base/dir/");
    assert(url.pathname.startsWith("/base/dir/"), path);
    assert(!path.includes("\0"));
  }));
});

Deno.test("brokenPathRule: counts bytes, not characters", () => {
  assert.equal(brokenPathRule("é".repeat(127)), null);
  assert.notEqual(brokenPathRule("é".repeat(128)), null);
  assert.equal(
    brokenPathRule(Array(4).fill("x".repeat(255)).join("/") + "/"),
    "must not hold an empty segment",
  );
});
