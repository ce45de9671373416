import assert from "node:assert/strict";
import { FileTree, mergedPath } from "./file_tree.ts";

Deno.test("paths of packages move into /usr", () => {
  assert.equal(
    mergedPath("./lib/x86_64-linux-gnu/libc.so.6"),
    "usr/lib/x86_64-linux-gnu/libc.so.6",
  );
  assert.equal(mergedPath("/etc/passwd"), "etc/passwd");
  assert.equal(mergedPath("libexec/x/"), "libexec/x");
});

Deno.test("the order of entries does not depend on the order of adding", () => {
  const one = new FileTree(), two = new FileTree();
  for (const path of ["b/c", "a", "b/a"]) one.file(path, path);
  for (const path of ["a", "b/a", "b/c"]) two.file(path, path);
  assert.deepEqual(one.entries(), two.entries());
  assert.ok(
    one.entries().findIndex((e) => e.path === "b") <
      one.entries().findIndex((e) => e.path === "b/a"),
  );
});

Deno.test("nothing setuid, nothing twice, nothing outside", () => {
  const tree = new FileTree();
  assert.throws(() => tree.file("bin/su", "", 0o4755), /setuid/);
  tree.file("etc/passwd", "");
  assert.throws(() => tree.file("/etc/passwd", "x"), /there already/);
  assert.throws(() => tree.file("a/../../etc", ""), /Cannot add/);
});
