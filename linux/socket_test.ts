import assert from "node:assert/strict";
import {
  AF_UNIX,
  MSG_DONTWAIT,
  SHUT_WR,
  SO_DOMAIN,
  SO_ERROR,
  SO_SNDBUF,
  SOCK_CLOEXEC,
  SOCK_SEQPACKET,
  VMADDR_CID_ANY,
} from "./constants.ts";
import { leakTest } from "./testing/descriptor_leak.ts";
import { E } from "./errno.ts";
import { closeFd } from "./fd.ts";
import * as socket from "./socket.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

leakTest("a socket pair keeps message boundaries", () => {
  const [a, b] = socket.socketpair();
  assert.equal(socket.sendFd(a, bytes("one")), 3);
  assert.equal(socket.sendFd(a, bytes("three"), 2), 2);
  const buffer = new Uint8Array(16);
  assert.equal(socket.receiveFd(b, buffer), 3);
  assert.equal(socket.receiveFd(b, buffer), 2);
  assert.equal(socket.receiveFd(b, buffer, 16, MSG_DONTWAIT), -E.EAGAIN);
  assert.throws(() => socket.sendFd(a, buffer, 17), RangeError);
  assert.throws(() => socket.receiveFd(a, buffer, 17), RangeError);
  closeFd(b);
  assert.equal(socket.sendFd(a, buffer), -E.EPIPE);
  closeFd(a);
});

leakTest("options of a socket", () => {
  const [a, b] = socket.socketpair();
  assert.equal(socket.getsockopt(a, SO_DOMAIN), AF_UNIX);
  assert.equal(socket.getsockopt(a, SO_ERROR), 0);
  socket.setsockopt(a, SO_SNDBUF, 65536);
  assert.equal(socket.getsockopt(a, SO_SNDBUF), 2 * 65536);
  const { pid, uid, gid } = socket.peerCredentials(a);
  assert.deepEqual([pid, uid, gid], [Deno.pid, Deno.uid(), Deno.gid()]);
  closeFd(a);
  closeFd(b);
  assert.throws(() => socket.getsockopt(a, SO_DOMAIN), { code: "EBADF" });
});

leakTest("a unix listener accepts, and a second one at its path is refused", () => {
  const directory = Deno.makeTempDirSync();
  const path = `${directory}/s`;
  const listener = socket.listenUnix(path, { backlog: 1 });
  assert.equal(socket.acceptFd(listener), -E.EAGAIN);
  const client = socket.connectUnix(path);
  const peer = { cid: 1, port: 1 };
  const server = socket.acceptFd(listener, peer);
  assert.deepEqual(peer, { cid: 0, port: 0 });
  socket.sendFd(client, bytes("hello"));
  assert.equal(socket.shutdown(client, SHUT_WR), 0);
  const buffer = new Uint8Array(16);
  assert.equal(socket.receiveFd(server, buffer), 5);
  assert.equal(socket.receiveFd(server, buffer), 0);
  assert.throws(() => socket.listenUnix(path), {
    message: `Cannot bind unix socket "${path}": EADDRINUSE`,
  });
  for (const fd of [client, server, listener]) closeFd(fd);
  assert.throws(() => socket.connectUnix(path), {
    message: `Cannot connect to unix socket "${path}": ECONNREFUSED`,
  });
  assert.equal(socket.shutdown(client, SHUT_WR), -E.EBADF);
  Deno.removeSync(directory, { recursive: true });
});

leakTest("an abstract unix socket needs no file and may keep message boundaries", () => {
  const name = `@linux-socket-test-${Deno.pid}`;
  const type = SOCK_SEQPACKET | SOCK_CLOEXEC;
  const listener = socket.listenUnix(name, { type });
  const client = socket.connectUnix(name, type);
  const server = socket.acceptFd(listener);
  socket.sendFd(client, bytes("ab"));
  socket.sendFd(client, bytes("c"));
  assert.equal(socket.receiveFd(server, new Uint8Array(9)), 2);
  for (const fd of [client, server, listener]) closeFd(fd);
});

Deno.test("addresses have the layout of C", () => {
  assert.deepEqual([...socket.unixAddress("/a")], [1, 0, 47, 97, 0]);
  assert.deepEqual([...socket.unixAddress("@a")], [1, 0, 0, 97]);
  assert.equal(socket.unixAddress("/".repeat(107)).length, 110);
  assert.throws(() => socket.unixAddress("/".repeat(108)), RangeError);
  assert.throws(() => socket.unixAddress(""), RangeError);
  assert.deepEqual(
    [...socket.vsockAddress(VMADDR_CID_ANY, 5000)],
    [40, 0, 0, 0, 0x88, 0x13, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0],
  );
});
