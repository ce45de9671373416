import assert from "node:assert/strict";
import { MFD_CLOEXEC, O_CLOEXEC, O_WRONLY } from "./constants.ts";
import { leakTest } from "./testing/descriptor_leak.ts";
import { closeFd, ftruncate, memfdCreate } from "./fd.ts";
import * as file from "./file.ts";

/** A temporary directory that is removed afterwards. */
function inDirectory(fn: (directory: string) => void): () => void {
  return () => {
    const directory = Deno.makeTempDirSync();
    try {
      fn(directory);
    } finally {
      Deno.removeSync(directory, { recursive: true });
    }
  };
}

leakTest(
  "small files are written and read whole",
  inDirectory((directory) => {
    const path = `${directory}/a`;
    const text = "é".repeat(10_000);
    file.writeFile(path, text, 0o600);
    assert.equal(file.readFile(path), text);
    assert.throws(() => file.readFile(path, 19_999), { code: "EFBIG" });
    assert.equal(file.readFile(path, 20_000), text);
    file.writeFile(path, new Uint8Array(0));
    assert.equal(file.readFile(path), "");
    file.writeFile(path, "in place", 0, O_WRONLY | O_CLOEXEC);
    assert.throws(() => file.writeFile(`${directory}/b`, "", 0, O_WRONLY | O_CLOEXEC), {
      message: `Cannot open "${directory}/b": ENOENT`,
    });
  }),
);

leakTest("an entry of /proc, whose size says 0, is read whole", () => {
  assert.match(file.readFile("/proc/self/status"), /^Name:[^]*\nPid:\t\d+\n[^]*\n$/);
});

leakTest(
  "what is at a path",
  inDirectory((directory) => {
    file.writeFile(`${directory}/f`, "12345");
    file.chmod(`${directory}/f`, 0o640);
    file.symlink("f", `${directory}/l`);
    file.makeDirectory(`${directory}/d`, 0o700);
    file.makeDirectory(`${directory}/d`, 0o700);
    const status = file.lstat(`${directory}/f`);
    assert.deepEqual(
      [status?.isFile, status?.isDirectory, status?.isSymlink, status?.size, status?.mode],
      [true, false, false, 5, 0o640],
    );
    assert.equal(status?.uid, Deno.uid());
    assert.equal(status?.inode, BigInt(Deno.statSync(`${directory}/f`).ino ?? 0));
    assert.equal(file.lstat(`${directory}/l`)?.isSymlink, true);
    assert.equal(file.stat(`${directory}/l`)?.isFile, true);
    assert.equal(file.readlink(`${directory}/l`), "f");
    assert.throws(() => file.readlink(`${directory}/f`), { code: "EINVAL" });
    assert.equal(file.lstat(`${directory}/d`)?.isDirectory, true);
    assert.equal(file.lstat(`${directory}/none`), null);
    assert.equal(file.lstat(`${directory}/f/none`), null);
    assert.equal(file.unlink(`${directory}/f`), true);
    assert.equal(file.unlink(`${directory}/f`), false);
    file.removeDirectory(`${directory}/d`);
    assert.throws(() => file.unlink(directory), { call: "unlink" });
    assert.throws(() => file.chmod(`${directory}/none`, 0), { code: "ENOENT" });
    assert.throws(() => file.chown(`${directory}/none`, 0, 0), { code: "ENOENT" });
    assert.throws(() => file.chdir(`${directory}/none`), { code: "ENOENT" });
  }),
);

leakTest("size of an open file", () => {
  const fd = memfdCreate("test", MFD_CLOEXEC);
  ftruncate(fd, 5_000_000_000);
  assert.equal(file.fstat(fd).size, 5_000_000_000);
  closeFd(fd);
  assert.throws(() => file.fstat(fd), { code: "EBADF" });
});
