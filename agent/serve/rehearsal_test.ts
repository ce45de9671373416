import assert from "node:assert/strict";
import { receiveFd } from "../../linux/socket.ts";
import { closeFd } from "../../linux/fd.ts";
import { Loop } from "../core/loop.ts";
import { rehearsalPair, rehearse } from "./rehearsal.ts";

/** Lets the loop run until both ends would be closed. */
function settle(loop: Loop): void {
  for (const end = performance.now() + 50; performance.now() < end;) loop.turn(1);
}

Deno.test("a rehearsal says whole lines to the server, and ends", () => {
  const loop = new Loop();
  const pair = rehearsalPair();
  let heard = "";
  rehearse(loop, pair, (fd) => {
    loop.watch(fd, () => {
      const bytes = new Uint8Array(1 << 16);
      const count = receiveFd(fd, bytes);
      if (count > 0) heard += new TextDecoder().decode(bytes.subarray(0, count));
      else {
        loop.unwatch(fd);
        closeFd(fd);
        heard += "end";
      }
    }, 1);
    return true;
  });
  settle(loop);
  assert.match(heard, /^(\{.*\}\n)+end$/);
  assert.ok(heard.includes('"run"'));
  loop.close();
});

Deno.test("a rehearsal is not held where a client has come", () => {
  const loop = new Loop();
  const pair = rehearsalPair();
  rehearse(loop, pair, () => false);
  settle(loop);
  for (const fd of pair) assert.ok(closeFd(fd) < 0, "it is closed");
  loop.close();
});
