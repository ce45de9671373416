import assert from "node:assert/strict";
import { parseRecord } from "./packages.ts";

Deno.test("a record's dependencies: the first of alternatives, without versions", () => {
  const record = parseRecord(
    `Package: x\nVersion: 1:2-3\nArchitecture: amd64\nPre-Depends: libc6 (>= 2.35)\n` +
      `Depends: a (= 1), b | c, d:any\nSHA256: ${"ab".repeat(32)}`,
    "amd64",
  );
  assert.deepEqual(record.depends, ["libc6", "a", "b", "d"]);
  assert.equal(record.version, "1:2-3");
});

Deno.test("a record without a checksum is refused", () => {
  assert.throws(
    () => parseRecord("Package: x\nVersion: 1", "amd64"),
    /Cannot read the package record/,
  );
});
