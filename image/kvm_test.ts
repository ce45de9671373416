import assert from "node:assert/strict";
import { virtualizes } from "./kvm.ts";

Deno.test("a processor virtualizes if it says so by a whole flag", () => {
  const info = (flags: string) =>
    `processor\t: 0\nflags\t\t: fpu ${flags} sse\nvmx flags\t: vnmi\n\nprocessor\t: 1\n`;
  assert.deepEqual(
    ["vmx", "svm", "hypervisor", "svm_lock", ""].map((flags) => virtualizes("x86_64", info(flags))),
    [true, true, false, false, false],
  );
  assert.equal(virtualizes("x86_64", ""), false);
  assert.equal(virtualizes("aarch64", "Features\t: fp asimd\n"), true);
});
