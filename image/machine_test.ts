import assert from "node:assert/strict";
import { buildStub } from "./boot_stub.ts";
import { FileTree } from "./file_tree.ts";
import { checkMachine } from "./machine.ts";

function treeOf(...architectures: ("x86_64" | "aarch64")[]): FileTree {
  const tree = new FileTree();
  tree.file("etc/hosts", "not a program\n");
  for (const [i, arch] of architectures.entries()) {
    tree.file(`bin/${i}`, buildStub(arch, []), 0o755);
  }
  return tree;
}

Deno.test("an image's programs are for its processor", () => {
  assert.equal(checkMachine(treeOf("aarch64", "aarch64").entries(), "aarch64"), 2);
  assert.equal(checkMachine(treeOf("x86_64").entries(), "x86_64"), 1);
});

Deno.test("a program for another processor is refused by name", () => {
  assert.throws(
    () => checkMachine(treeOf("aarch64", "x86_64").entries(), "aarch64"),
    /for "aarch64": "\/usr\/bin\/1" \(machine 62\)$/,
  );
});
