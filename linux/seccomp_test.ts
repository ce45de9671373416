// Filters and reported calls, in processes of their own.

import assert from "node:assert/strict";
import { AUDIT_ARCH_AARCH64, AUDIT_ARCH_X86_64, EPOLLHUP, EPOLLIN } from "./constants.ts";
import { leakTest } from "./testing/descriptor_leak.ts";
import { Epoll } from "./epoll.ts";
import { E } from "./errno.ts";
import { closeFd, pipe2 } from "./fd.ts";
import { fixtureCommand, runFixture } from "./testing/fixture_run.ts";
import { MessageReceiver } from "./message.ts";
import * as seccomp from "./seccomp.ts";
import { acceptFd, listenUnix } from "./socket.ts";
import { syscallNumber, thisArch } from "./syscall_numbers.ts";

Deno.test("a filter with TSYNC reaches every thread, and a broken one is refused", async () => {
  const command = fixtureCommand("filter_self", [], ["--allow-all"]);
  const { threads, ...rest } = await runFixture(command);
  assert.deepEqual(rest, { broken: "EINVAL", before: "ok", installed: "ok", after: "EXDEV" });
  const list = threads as { seccomp: number; noNewPrivs: number }[];
  assert.ok(list.length > 1);
  for (const thread of list) assert.deepEqual(thread, { seccomp: 2, noNewPrivs: 1 });
});

leakTest("told calls are seen with their arguments, denied or continued", async () => {
  const directory = Deno.makeTempDirSync();
  const path = `${directory}/s`;
  const server = listenUnix(path);
  const epoll = new Epoll();
  try {
    const done = runFixture(fixtureCommand("tell_calls", [path]));
    done.catch(() => {}); // awaited below; a failure there must not hide one here
    epoll.add(server, EPOLLIN);
    const ready = async () => {
      for (let i = 0; i < 4000; i++) {
        if (epoll.wait(0) > 0) return epoll.eventAt(0);
        await new Promise((next) => setTimeout(next, 5));
      }
      throw new Error("Cannot wait any longer for the fixture");
    };
    await ready();
    const connection = acceptFd(server);
    epoll.delete(server);
    epoll.add(connection, EPOLLIN);
    await ready();
    epoll.delete(connection);
    const receiver = new MessageReceiver(16);
    assert.equal(receiver.receive(connection), 1);
    const [listener] = receiver.fds;
    epoll.add(listener, EPOLLIN);

    const told = seccomp.newNotification();
    assert.equal(await ready(), EPOLLIN);
    assert.equal(seccomp.recvNotification(listener, told), 0);
    assert.equal(told.nr, syscallNumber(thisArch, "dup3"));
    const arch = { x86_64: AUDIT_ARCH_X86_64, aarch64: AUDIT_ARCH_AARCH64 }[thisArch];
    assert.equal(told.arch, arch);
    assert.deepEqual(told.args.slice(0, 2), [1000n, 1001n]);
    assert.ok(told.pid > 0);
    assert.ok(seccomp.notificationIsValid(listener, told.id));
    assert.ok(!seccomp.notificationIsValid(listener, told.id + 1n));
    assert.equal(seccomp.respondErrno(listener, told.id, E.EMLINK), 0);
    const twice = seccomp.respondErrno(listener, told.id, E.EMLINK);
    assert.ok([-E.EINPROGRESS, -E.ENOENT].includes(twice), `${twice}`);

    assert.equal(await ready(), EPOLLIN);
    assert.equal(seccomp.recvNotification(listener, told), 0);
    assert.equal(told.nr, syscallNumber(thisArch, "pipe2"));
    assert.equal(seccomp.respondContinue(listener, told.id), 0);

    assert.deepEqual(await done, { denied: "EMLINK", continued: true });
    assert.equal(await ready() & EPOLLHUP, EPOLLHUP);
    closeFd(listener);
    closeFd(connection);
  } finally {
    epoll.close();
    closeFd(server);
    Deno.removeSync(directory, { recursive: true });
  }
});

leakTest("a filter that cannot be one, and a descriptor that is no listener", () => {
  assert.throws(() => seccomp.installFilter(new Uint8Array(0)), RangeError);
  assert.throws(() => seccomp.installFilter(new Uint8Array(12)), RangeError);
  assert.throws(() => seccomp.installFilter(new Uint8Array(4097 * 8)), RangeError);
  const [reader, writer] = pipe2();
  assert.equal(seccomp.recvNotification(reader, seccomp.newNotification()), -E.ENOTTY);
  assert.equal(seccomp.respondContinue(reader, 1n), -E.ENOTTY);
  assert.equal(seccomp.setNotificationFlags(reader, 0), -E.ENOTTY);
  closeFd(reader);
  closeFd(writer);
});
