import assert from "node:assert/strict";
import { line } from "./check.ts";
import { main } from "./main.ts";

Deno.test("a finding is one line", () => {
  const finding = { what: "KVM", ok: false, says: "no /dev/kvm", isMonitor: false };
  assert.equal(line(finding, 5), "no   KVM    no /dev/kvm");
  assert.equal(line({ ...finding, ok: true, says: "works" }, 3), "yes  KVM  works");
});

Deno.test("a command that is not known fails, and so does one with words too many", async () => {
  const said: unknown[] = [];
  const { error } = console;
  console.error = (...words) => said.push(...words);
  try {
    assert.equal(await main([]), 1);
    assert.equal(await main(["check", "more"]), 1);
  } finally {
    console.error = error;
  }
  assert.match(String(said[0]), /Usage: deno task host/);
});
