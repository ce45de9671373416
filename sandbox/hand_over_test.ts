import assert from "node:assert/strict";
import { E } from "../linux/errno.ts";
import { REPORT } from "./layout.ts";
import { readHanded } from "./hand_over.ts";

const names = ["limit CPU time", "make the code file", "write the code"];
const report = (...results: number[]) =>
  new DataView(BigInt64Array.from([REPORT.handed, ...results].map(BigInt)).buffer);

Deno.test("handing over: the first step that failed is the failure", () => {
  assert.equal(readHanded(report(0, 5, 10), names, 10), undefined);
  assert.deepEqual(readHanded(report(-E.EPERM, 5, 10), names, 10), {
    step: "limit CPU time",
    errno: "EPERM",
  });
  assert.deepEqual(readHanded(report(0, -E.ENOSPC, -E.EBADF), names, 10), {
    step: "make the code file",
    errno: "ENOSPC",
  });
});

Deno.test("handing over: code that was written in part is a failure", () => {
  assert.deepEqual(readHanded(report(0, 5, 9), names, 10), {
    step: "write the code",
    errno: "EIO",
  });
  assert.equal(readHanded(report(0, 5, 0), names, 0), undefined);
});
