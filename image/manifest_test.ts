import assert from "node:assert/strict";
import { FileTree } from "./file_tree.ts";
import { manifestText, sizesByOrigin } from "./manifest.ts";

Deno.test("every file is explained", async () => {
  const tree = new FileTree();
  tree.file("etc/a", "abc", 0o600, "x=1");
  tree.symlink("etc/b", "a");
  const text = await manifestText(tree.entries(), [
    { name: "x", version: "1", architecture: "all", hash: "ff", depends: [], archive: "arm64" },
  ]);
  assert.match(text, /^package x=1 all ff$/m);
  assert.match(text, /^file 0600 0:0 \/etc\/a 3 ba7816bf[0-9a-f]{56} x=1$/m);
  assert.match(text, /^symlink 0777 0:0 \/etc\/b -> a image$/m);
  assert.equal(text.trim().split("\n").length, tree.entries().length + 1);
  assert.deepEqual(sizesByOrigin(tree.entries()), [["x=1", 3], ["image", 0]]);
});
