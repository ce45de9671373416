// What is shown while directories are on their way.

import assert from "node:assert/strict";
import { bar, printable } from "./transfers.ts";

Deno.test("printable: a name cannot move the cursor", () => {
  assert.equal(printable("a\x1b[2Jé\n\x9b"), "a\\x1b[2Jé\\x0a\\x9b");
});

Deno.test("bar: full at the end, and empty for nothing", () => {
  const progress = { files: 1, totalFiles: 4, bytes: 1536 };
  assert.equal(bar("put src", progress), "put src [#####---------------] 1/4 files, 1.5 KiB");
  assert.equal(bar("x", { files: 4, totalFiles: 4, bytes: 0 }).indexOf("-"), -1);
  assert.match(bar("x", { files: 0, totalFiles: 0, bytes: 0 }), /^x \[-{20}\] 0\/0 files/);
});
