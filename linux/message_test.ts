import assert from "node:assert/strict";
import { F_GETFD, FD_CLOEXEC, MSG_DONTWAIT, MSG_TRUNC } from "./constants.ts";
import { leakTest } from "./testing/descriptor_leak.ts";
import { E } from "./errno.ts";
import { closeFd, fcntl, pipe2, readFd, writeFd } from "./fd.ts";
import { MAX_FDS, MessageReceiver, sendMessage } from "./message.ts";
import { socketpair } from "./socket.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

leakTest("descriptors travel with a message and work at the other end", () => {
  const [a, b] = socketpair();
  const [reader, writer] = pipe2();
  assert.equal(sendMessage(a, bytes("take this"), [reader, writer, reader]), 9);
  const receiver = new MessageReceiver(64);
  assert.equal(receiver.receive(b), 9);
  assert.equal(new TextDecoder().decode(receiver.bytes.subarray(0, 9)), "take this");
  assert.equal(receiver.fds.length, 3);
  for (const fd of receiver.fds) assert.equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
  assert.equal(writeFd(receiver.fds[1], bytes("x")), 1);
  assert.equal(readFd(reader, new Uint8Array(4)), 1);
  for (const fd of [a, b, reader, writer, ...receiver.fds]) closeFd(fd);
});

leakTest("messages without descriptors, too long ones, none, and the end", () => {
  const [a, b] = socketpair();
  const receiver = new MessageReceiver(4);
  assert.equal(receiver.receive(b, MSG_DONTWAIT), -E.EAGAIN);
  sendMessage(a, bytes("ab"));
  assert.equal(receiver.receive(b), 2);
  assert.deepEqual(receiver.fds, []);
  sendMessage(a, bytes("abcdefgh"));
  assert.equal(receiver.receive(b), 4);
  assert.equal(receiver.flags & MSG_TRUNC, MSG_TRUNC);
  closeFd(a);
  assert.equal(receiver.receive(b), 0);
  assert.equal(sendMessage(b, bytes("late")), -E.EPIPE);
  closeFd(b);
  assert.equal(receiver.receive(b), -E.EBADF);
});

leakTest("a set of descriptors that does not fit is refused whole", () => {
  const [a, b] = socketpair();
  const receiver = new MessageReceiver(64, 2);
  sendMessage(a, bytes("x"), [a, a, a, a, a]);
  assert.equal(receiver.receive(b), -E.ENFILE);
  assert.deepEqual(receiver.fds, []);
  sendMessage(a, bytes("xy"), [a, a]);
  assert.equal(receiver.receive(b), 2);
  assert.equal(receiver.fds.length, 2);
  for (const fd of [a, b, ...receiver.fds]) closeFd(fd);
});

leakTest("as many descriptors as the kernel takes, and no more", () => {
  const [a, b] = socketpair();
  const receiver = new MessageReceiver(64, MAX_FDS);
  assert.equal(sendMessage(a, bytes("x"), Array(MAX_FDS).fill(a)), 1);
  assert.equal(receiver.receive(b), 1);
  assert.equal(receiver.fds.length, MAX_FDS);
  assert.equal(sendMessage(a, bytes("x"), Array(MAX_FDS + 1).fill(a)), -E.EINVAL);
  assert.equal(sendMessage(a, bytes("x"), [-1]), -E.EBADF);
  for (const fd of [a, b, ...receiver.fds]) closeFd(fd);
});
