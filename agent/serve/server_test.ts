// A server beside a kernel that refuses something for one connection.

import assert from "node:assert/strict";
import { SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM } from "../../linux/constants.ts";
import { E, SysError } from "../../linux/errno.ts";
import { closeFd, readFd } from "../../linux/fd.ts";
import { connectUnix, listenUnix } from "../../linux/socket.ts";
import { type Handler, Loop } from "../core/loop.ts";
import type { ConnectionUser } from "./connection.ts";
import { Server } from "./server.ts";

/** A loop to which the kernel refuses some watches. */
class RefusingLoop extends Loop {
  refuses = 0;

  override watch(fd: number, handler: Handler, events?: number): void {
    if (this.refuses-- > 0) throw new SysError("epoll_ctl", E.ENOSPC, `watch ${fd}`);
    super.watch(fd, handler, events);
  }
}

const openDescriptors = () => [...Deno.readDirSync("/proc/self/fd")].length;

Deno.test("server: a connection that cannot be watched is closed, the next one is served", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/socket`;
  const listener = listenUnix(path, { type: SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK });
  const loop = new RefusingLoop();
  const limits = { lineBytes: 1000, bodyBytes: 1000 };
  const server = new Server({ loop, listener, admits: () => true, limits, agent: "a test" });
  const user: ConnectionUser = { owes: false, onRequest() {}, onWritable() {}, onClosed() {} };
  server.open(() => user);
  const before = openDescriptors();
  const said = (refuses: number) => {
    loop.refuses = refuses;
    const client = connectUnix(path);
    loop.turn(1000);
    const buffer = new Uint8Array(200);
    const count = readFd(client, buffer);
    return { client, text: new TextDecoder().decode(buffer.subarray(0, count)) };
  };
  for (let round = 0; round < 3; round++) {
    const { client, text } = said(1);
    closeFd(client);
    assert.equal(text, "");
  }
  assert.equal(openDescriptors(), before);
  assert.ok(server.isIdle);
  const { client, text } = said(0);
  assert.match(text, /"type":"ready"/);
  closeFd(client);
  loop.turn(1000); // which closes its end
  closeFd(listener);
  loop.close();
  await Deno.remove(directory, { recursive: true });
});
