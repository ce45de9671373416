// Durations and sizes as they are written and shown.

import assert from "node:assert/strict";
import { formatDuration, formatSize, parseCount, parseDuration, parseSize } from "./quantities.ts";

Deno.test("parseDuration: a number and its unit", () => {
  const good = { "500ms": 500, "5s": 5000, "0.25s": 250, "2m": 120_000, "1h": 3_600_000 };
  for (const [text, ms] of Object.entries(good)) assert.equal(parseDuration(text), ms);
  for (const text of ["", "s", "5", "-1s", "1d", "1 s", "1e3", "Infinity"]) {
    assert.throws(() => parseDuration(text), TypeError, text);
  }
});

Deno.test("parseSize: powers of 1024", () => {
  const good = { "7B": 7, "64K": 65536, "1.5M": 1572864, "1GiB": 2 ** 30, "2mb": 2 ** 21, "8B": 8 };
  for (const [text, bytes] of Object.entries(good)) assert.equal(parseSize(text), bytes);
  for (const text of ["", "K", "7", "-1", "1T", "0x10"]) {
    assert.throws(() => parseSize(text), TypeError);
  }
});

Deno.test("parseCount: digits only", () => {
  assert.equal(parseCount("32"), 32);
  for (const text of ["", "-1", "1.5", "many"]) assert.throws(() => parseCount(text), TypeError);
});

Deno.test("formatDuration and formatSize: a few digits and a unit", () => {
  assert.deepEqual([0.4234, 23.14, 1520].map(formatDuration), ["0.42 ms", "23.1 ms", "1.52 s"]);
  assert.deepEqual([512, 9_750_000, 2 ** 40].map(formatSize), ["512 B", "9.3 MiB", "1024.0 GiB"]);
});
