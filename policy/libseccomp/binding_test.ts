// The library as WebAssembly answers, refuses and exports as libseccomp does.

import assert from "node:assert/strict";
import { testNeeding } from "../../tests/helpers/need.ts";
import { libseccomp, seccompForTest } from "../testing/test_seccomp.ts";
import { ACTION } from "./constants.ts";

testNeeding([libseccomp], "libseccomp says its version and knows syscalls by name", async () => {
  const seccomp = await seccompForTest();
  assert.equal(seccomp.version, "2.5.4");
  assert.equal(seccomp.resolve("open", "x86_64"), 2);
  assert.equal(seccomp.resolve("open", "aarch64"), undefined);
  assert.equal(seccomp.resolve("nonsense", "x86_64"), undefined);
  assert.equal(seccomp.nameOf(56, "x86_64"), "clone");
  assert.equal(seccomp.nameOf(56, "aarch64"), "openat");
  assert.equal(seccomp.nameOf(1023, "aarch64"), undefined);
});

testNeeding([libseccomp], "a refused rule says what libseccomp means by it", async () => {
  const seccomp = await seccompForTest();
  using filter = seccomp.filter("x86_64", ACTION.NOTIFY);
  assert.throws(() => filter.rule(ACTION.NOTIFY, 1), {
    name: "SeccompError",
    errno: 13,
    message: "Cannot add a rule for syscall 1: EACCES from seccomp_rule_add_array: " +
      "the action equals the default action, or the attribute is read-only",
  });
  const twice = [{ index: 1, value: 1n }, { index: 1, value: 2n }];
  assert.throws(() => filter.rule(ACTION.ALLOW, 1, twice), { errno: 22 });
  assert.throws(() => filter.rule(ACTION.ALLOW, -10001), RangeError);
});

testNeeding([libseccomp], "pseudo-code names syscalls, arguments and actions", async () => {
  const seccomp = await seccompForTest();
  using filter = seccomp.filter("aarch64", ACTION.KILL_PROCESS);
  filter.rule(ACTION.ERRNO(38), 435);
  filter.rule(ACTION.ALLOW, 198, [{ index: 0, value: 1n }]);
  const text = filter.pseudoCode();
  for (const part of ["clone3", "ERRNO(38)", "socket", "$a0.lo32 == 1", "KILL_PROCESS"]) {
    assert.ok(text.includes(part), `no ${part} in\n${text}`);
  }
});

testNeeding([libseccomp], "a filter can be named by number beyond libseccomp's table", async () => {
  const seccomp = await seccompForTest();
  using filter = seccomp.filter("aarch64", ACTION.NOTIFY);
  filter.rule(ACTION.ALLOW, 462);
  assert.equal(filter.bpf().length % 8, 0);
});
