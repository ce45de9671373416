import assert from "node:assert/strict";
import { policy } from "../../policy/generated/policy.ts";
import { contentsFor } from "./content.ts";
import { isTaken, languageContents, languageNamed } from "./languages.ts";

Deno.test("every language of the policy can be in an image, and no other", () => {
  assert.deepEqual(Object.keys(languageContents).sort(), Object.keys(policy.languages).sort());
  for (const name of ["cobol", "toString", ""]) {
    assert.throws(
      () => languageNamed(name),
      /^Error: Cannot add the language ".*": known are .*go/,
    );
  }
});

Deno.test("headers and static libraries are taken for those who read them", () => {
  const taken = (language: string, path: string) => isTaken(path, languageNamed(language));
  const header = "usr/include/stdio.h", archive = "usr/lib/x86_64-linux-gnu/libc_nonshared.a";
  const asked = ["python", "rust", "c", "cpp"].map((name) => [
    taken(name, header),
    taken(name, archive),
  ]);
  assert.deepEqual(asked, [[false, false], [false, true], [true, true], [true, true]]);
  assert.ok(taken("go", "usr/lib/go-1.19/pkg/linux_amd64/fmt.a"));
  assert.ok(!taken("go", "usr/lib/go-1.19/pkg/linux_amd64/cmd/asm.a"));
  assert.ok(!taken("go", "usr/share/go-1.19/src/fmt/fmt_test.go"));
  assert.ok(!taken("c", "usr/share/doc/gcc-12/README"), "documentation stays out everywhere");
});

Deno.test("packages and links are those of the processor", () => {
  const c = contentsFor(languageNamed("c"), "arm64").at(-1)!;
  assert.ok(c.packages.includes("binutils-aarch64-linux-gnu"));
  const java = contentsFor(languageNamed("java"), "amd64").at(-1)!;
  assert.equal(java.links!["usr/bin/java"], "../lib/jvm/java-17-openjdk-amd64/bin/java");
  const links = contentsFor(languageNamed("r"), "amd64").map((each) => each.links!);
  assert.equal(
    Object.assign({}, ...links)["usr/lib/x86_64-linux-gnu/libblas.so.3"],
    "blas/libblas.so.3",
  );
  for (const [name, content] of Object.entries(languageContents)) {
    // What is for another processor would be looked for under a name that nobody has.
    assert.doesNotMatch(JSON.stringify(contentsFor(content, "amd64")), /\{\w+\}/, name);
  }
});
