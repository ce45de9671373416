import assert from "node:assert/strict";
import { findProgram } from "../scripts/tools/command.ts";
import { cpioPieces, writeCpio } from "./cpio.ts";
import { FileTree } from "./file_tree.ts";

function sample(): FileTree {
  const tree = new FileTree();
  tree.file("etc/hello", "hello", 0o600);
  tree.symlink("etc/link", "hello");
  tree.add({
    path: "dev/null",
    kind: "device",
    mode: 0o666,
    device: { major: 1, minor: 3 },
    origin: "image",
  });
  tree.add({ path: "sandbox", kind: "directory", mode: 0o700, uid: 7, gid: 8, origin: "image" });
  return tree;
}

Deno.test("every piece starts at a multiple of four, the whole is whole blocks", () => {
  let offset = 0;
  for (const piece of cpioPieces(sample().entries())) {
    if (piece.length >= 110) assert.equal(offset % 4, 0);
    offset += piece.length;
  }
  assert.equal(offset % 512, 0);
});

const cpio = findProgram("cpio");
if (cpio === null) console.error("SKIPPED: cpio(1) reads the archive: no cpio on this machine");
Deno.test({
  name: "cpio(1) reads the archive",
  ignore: cpio === null,
  fn: async () => {
    const directory = await Deno.makeTempDir({ prefix: "sallyport-cpio-" });
    try {
      await writeCpio(`${directory}/a.cpio`, sample().entries());
      using file = await Deno.open(`${directory}/a.cpio`);
      const child = new Deno.Command(cpio!, {
        args: ["-tvn"],
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
        env: { TZ: "UTC", LC_ALL: "C" },
      }).spawn();
      const written = file.readable.pipeTo(child.stdin);
      const output = await child.output();
      await written;
      const lines = new TextDecoder().decode(output.stdout).trim().split("\n");
      assert.equal(output.code, 0);
      assert.match(
        lines.find((l) => l.endsWith(" etc/hello"))!,
        /^-rw-------\s+1 0\s+0\s+5 Jan\s+1\s+1970/,
      );
      assert.match(lines.find((l) => l.endsWith(" sandbox"))!, /^drwx------\s+2 7\s+8\s/);
      assert.match(lines.find((l) => l.endsWith(" dev/null"))!, /^crw-rw-rw-.*1,\s+3/);
      assert.ok(lines.some((l) => l.endsWith(" etc/link -> hello")));
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});
