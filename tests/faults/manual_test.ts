// The committed table of errors is what the manual says, and the acts of a row are what they claim.

import assert from "node:assert/strict";
import { file, testNeeding } from "../helpers/need.ts";
import { allManualErrors, samplePage } from "./manual.ts";
import errnos from "./errnos.json" with { type: "json" };

testNeeding([file(samplePage)], "faults: the table of errors is that of the manual", () => {
  const manual = allManualErrors();
  // Pages differ a little from one version to the next: what matters is that the table is theirs.
  const table = errnos as Record<string, string[]>;
  for (const call of ["read", "openat", "clone3", "mount", "sendmsg", "wait4"]) {
    assert.deepEqual(table[call].filter((name) => !manual[call].includes(name)), [], call);
  }
});

Deno.test("faults: the table has errors for the calls that launchers make most", () => {
  const table = errnos as Record<string, string[]>;
  for (const call of ["read", "write", "openat", "mount", "clone3", "sendmsg", "execve"]) {
    assert.ok(table[call].length >= 3, call);
  }
});
