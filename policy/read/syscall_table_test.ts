// The table of syscalls agrees with libseccomp's own, and says where libseccomp's ends.

import assert from "node:assert/strict";
import { testNeeding } from "../../tests/helpers/need.ts";
import {
  FIRST_UNKNOWN,
  HIGHEST_NUMBER,
  nearestName,
  syscallNames,
  syscallNumber,
} from "./syscall_table.ts";
import { libseccomp, seccompForTest } from "../testing/test_seccomp.ts";

testNeeding(
  [libseccomp],
  "every call has libseccomp's number, or is newer than its table",
  async () => {
    const seccomp = await seccompForTest();
    for (const arch of ["x86_64", "aarch64"] as const) {
      // Names that this table alone has; when libseccomp learns them, FIRST_UNKNOWN is to be
      // raised.
      const alone = syscallNames().filter((name) => {
        const number = syscallNumber(name, arch);
        return number !== undefined && seccomp.resolve(name, arch) !== number;
      });
      const newer = alone.filter((name) => syscallNumber(name, arch)! >= FIRST_UNKNOWN);
      assert.deepEqual(
        alone.filter((n) => !newer.includes(n)),
        arch === "x86_64" ? ["uretprobe", "uprobe"] : [],
      );
      assert.ok(newer.includes("mseal"));
      for (let number = 0; number <= HIGHEST_NUMBER; number++) {
        const name = seccomp.nameOf(number, arch);
        if (name === undefined) continue;
        assert.equal(syscallNumber(name, arch), number, `${name} on ${arch}`);
        assert.ok(number < FIRST_UNKNOWN, `libseccomp knows ${name}: raise FIRST_UNKNOWN`);
      }
      assert.ok(seccomp.nameOf(FIRST_UNKNOWN - 1, arch), "FIRST_UNKNOWN is too high");
    }
  },
);

Deno.test("a misspelt name finds its neighbour, nonsense none", () => {
  assert.equal(nearestName("opennat"), "openat");
  assert.equal(nearestName("make_coffee"), undefined);
});
