// Nothing but the pinned source is ever compiled, and what is missing for it is named.

import assert from "node:assert/strict";
import { run } from "./command.ts";
import { checkFile, CHECKSUMS, DEBIAN_VERSION } from "./source.ts";
import { missingPackages, TOOLS } from "./tools.ts";

Deno.test("a file with another checksum is refused, by name", async () => {
  const path = await Deno.makeTempFile({ prefix: "sallyport-source-" });
  try {
    await Deno.writeTextFile(path, "abc");
    const right = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    await checkFile(path, right);
    await Deno.writeTextFile(path, "abd");
    await assert.rejects(checkFile(path, right), {
      message: `Cannot use "${path}": its SHA-256 is ` +
        `"a52d159f262b2c6ddb724a61840befc36eb30c88877a4030b65cbe86298449c9", expected "${right}"`,
    });
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("every file of the pinned version has a checksum", () => {
  const names = Object.keys(CHECKSUMS);
  assert.ok(names.includes(`libseccomp_${DEBIAN_VERSION}.dsc`));
  assert.ok(names.some((name) => name.endsWith(".orig.tar.gz")));
  assert.ok(Object.values(CHECKSUMS).every((sum) => /^[0-9a-f]{64}$/.test(sum)));
});

Deno.test("what is missing is named by its Debian package", () => {
  const absent = { path: "/nonexistent/gperf", debianPackage: "gperf" };
  assert.deepEqual(missingPackages([{ path: "/", debianPackage: "base-files" }, absent]), [
    "gperf",
  ]);
  assert.equal(new Set(TOOLS.map(({ debianPackage }) => debianPackage)).size, TOOLS.length);
});

Deno.test("a failing command is quoted with what it said", async () => {
  await assert.rejects(run("/bin/sh", ["-c", "echo no >&2; exit 3"]), {
    message: 'Cannot run "/bin/sh -c echo no >&2; exit 3": exit status 3\nno',
  });
  assert.equal(await run("/bin/echo", ["yes"]), "yes\n");
});
