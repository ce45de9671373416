import assert from "node:assert/strict";
import { check, E, errno, errnoName, orErrno, SysError } from "./errno.ts";
import { libc } from "./libc.ts";

Deno.test("errno is that of the call just made", () => {
  assert.equal(libc.close(-1), -1);
  assert.equal(errno(), E.EBADF);
  assert.equal(libc.kill(0, 999), -1);
  assert.equal(errno(), E.EINVAL);
  assert.equal(orErrno(libc.close(-1)), -E.EBADF);
  assert.equal(orErrno(5), 5);
});

Deno.test("errno is still right once the calls are compiled", () => {
  for (let i = 0; i < 50_000; i++) {
    const expected = i % 2 === 0 ? E.EBADF : E.EINVAL;
    const result = i % 2 === 0 ? libc.close(-1) : libc.kill(0, 999);
    if (orErrno(result) !== -expected) assert.fail(`Turn ${i}: ${errnoName(errno())}`);
  }
});

Deno.test("errno of a worker is its own", async () => {
  const source = `
    const { libc } = await import("${new URL("./libc.ts", import.meta.url)}");
    const { errno } = await import("${new URL("./errno.ts", import.meta.url)}");
    libc.close(-1);
    postMessage(errno());`;
  libc.kill(0, 999);
  const url = URL.createObjectURL(new Blob([source], { type: "application/typescript" }));
  const worker = new Worker(url, { type: "module" });
  const seen = await new Promise((done) => worker.onmessage = (event) => done(event.data));
  worker.terminate();
  URL.revokeObjectURL(url);
  assert.equal(seen, E.EBADF);
});

Deno.test("names of error numbers", () => {
  assert.equal(errnoName(1), "EPERM");
  assert.equal(errnoName(-11), "EAGAIN");
  assert.equal(errnoName(999), "errno 999");
});

Deno.test("a failed call becomes an error that names it", () => {
  assert.throws(() => check(libc.close(-1), "close", "close descriptor", -1), (error) => {
    assert.ok(error instanceof SysError);
    assert.equal(error.message, 'Cannot close descriptor "-1": EBADF');
    assert.deepEqual([error.call, error.errno, error.code], ["close", E.EBADF, "EBADF"]);
    assert.equal(error.detail, 'close descriptor "-1"');
    return true;
  });
  assert.equal(new SysError("read", -11, "read").errno, 11);
  assert.equal(check(3, "open", "open"), 3);
});

Deno.test("errno is right for calls without a trampoline, whatever the collector does in between", () => {
  const missing = new TextEncoder().encode("/missing\0");
  const garbage: Uint8Array[] = [];
  for (let i = 0; i < 20_000; i++) {
    const result = i % 2 === 0 ? libc.getgroups(-1, null) : libc.chdir(missing);
    const expected = i % 2 === 0 ? E.EINVAL : E.ENOENT;
    if (orErrno(result) !== -expected) assert.fail(`Turn ${i}: ${errnoName(errno())}`);
    garbage.push(new Uint8Array(4096));
    if (garbage.length > 500) garbage.length = 0;
  }
});
