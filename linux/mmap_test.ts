import assert from "node:assert/strict";
import { closeFd, ftruncate, memfdCreate, preadFd, pwriteFd } from "./fd.ts";
import { SharedMapping } from "./mmap.ts";

Deno.test("what is written to a mapping is in the file, and the other way round", () => {
  const fd = memfdCreate("mapping", 0);
  ftruncate(fd, 8192);
  const mapping = new SharedMapping(fd, 8192);
  const bytes = new Uint8Array(mapping.buffer);
  bytes[5000] = 7;
  const one = new Uint8Array(1);
  assert.equal(preadFd(fd, one, 5000), 1);
  assert.equal(one[0], 7);
  pwriteFd(fd, new Uint8Array([9]), 1);
  assert.equal(bytes[1], 9);
  mapping.unmap();
  closeFd(fd);
});

Deno.test("a descriptor that is none is refused", () => {
  assert.throws(() => new SharedMapping(999, 4096), /EBADF/);
});
