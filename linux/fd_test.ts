import assert from "node:assert/strict";
import {
  F_GETFD,
  FD_CLOEXEC,
  MFD_CLOEXEC,
  O_CLOEXEC,
  O_DIRECTORY,
  O_RDONLY,
  SEEK_END,
  SEEK_SET,
} from "./constants.ts";
import { leakTest } from "./testing/descriptor_leak.ts";
import { E, SysError } from "./errno.ts";
import * as fd from "./fd.ts";

leakTest("a pipe carries bytes, then says it is empty, then that it has ended", () => {
  const [reader, writer] = fd.pipe2();
  fd.setNonBlocking(reader);
  const buffer = new Uint8Array(8);
  assert.equal(fd.readFd(reader, buffer), -E.EAGAIN);
  assert.equal(fd.writeFd(writer, new TextEncoder().encode("abcdef"), 4), 4);
  assert.equal(fd.readFd(reader, buffer, 2), 2);
  assert.equal(fd.readFdAt(reader, buffer, 5, 3), 2);
  assert.deepEqual([...buffer], [97, 98, 0, 0, 0, 99, 100, 0]);
  assert.equal(fd.writeFdAt(writer, buffer, 5, 2), 2);
  assert.equal(fd.readFd(reader, buffer), 2);
  assert.equal(fd.closeFd(writer), 0);
  assert.equal(fd.readFd(reader, buffer), 0);
  assert.equal(fd.fcntl(reader, F_GETFD), FD_CLOEXEC);
  fd.closeFd(reader);
  assert.equal(fd.readFd(reader, buffer), -E.EBADF);
  assert.equal(fd.closeFd(reader), -E.EBADF);
});

leakTest("a length beyond the buffer is refused before the kernel sees it", () => {
  const [reader, writer] = fd.pipe2();
  assert.throws(() => fd.readFd(reader, new Uint8Array(4), 5), RangeError);
  assert.throws(() => fd.writeFd(writer, new Uint8Array(4), 5), RangeError);
  assert.throws(() => fd.preadFd(reader, new Uint8Array(4), 0, 5), RangeError);
  assert.throws(() => fd.pwriteFd(reader, new Uint8Array(4), 0, 5), RangeError);
  fd.closeFd(reader);
  fd.closeFd(writer);
});

leakTest("blocking can be switched off and on", () => {
  const [reader, writer] = fd.pipe2();
  fd.setNonBlocking(reader);
  assert.equal(fd.readFd(reader, new Uint8Array(1)), -E.EAGAIN);
  fd.setNonBlocking(reader, false);
  fd.writeFd(writer, new Uint8Array(1));
  assert.equal(fd.readFd(reader, new Uint8Array(1)), 1);
  fd.closeFd(reader);
  fd.closeFd(writer);
});

leakTest("a memfd has a size and positions", () => {
  const file = fd.memfdCreate("test", MFD_CLOEXEC);
  fd.ftruncate(file, 10);
  assert.equal(fd.lseek(file, 0, SEEK_END), 10);
  assert.equal(fd.pwriteFd(file, new TextEncoder().encode("xyz"), 4), 3);
  const buffer = new Uint8Array(4);
  assert.equal(fd.preadFd(file, buffer, 5), 4);
  assert.deepEqual([...buffer], [121, 122, 0, 0]);
  assert.equal(fd.lseek(file, 0, SEEK_SET), 0);
  const copy = fd.dup(file, 100);
  assert.ok(copy >= 100);
  assert.equal(fd.dup3(file, copy), copy);
  fd.closeFd(copy);
  fd.closeFd(file);
  assert.throws(() => fd.lseek(file, 0, SEEK_SET), SysError);
});

leakTest("opening goes by the flags of this architecture", () => {
  fd.closeFd(fd.openFd("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  assert.throws(() => fd.openFd("/etc/passwd", O_RDONLY | O_DIRECTORY), {
    name: "SysError",
    message: 'Cannot open "/etc/passwd": ENOTDIR',
  });
});
