import assert from "node:assert/strict";
import { MSG_DONTWAIT } from "../../linux/constants.ts";
import { E } from "../../linux/errno.ts";
import { closeFd } from "../../linux/fd.ts";
import { MessageReceiver } from "../../linux/message.ts";
import { sendFd, socketpair } from "../../linux/socket.ts";
import { leafName } from "../../sandbox/cgroup_program.ts";
import type { Program } from "../../sandbox/program.ts";
import { FatalError } from "../core/fatal.ts";
import { JobCgroups } from "./job_cgroups.ts";

/**
 * JobCgroups with this test as the zygote: `asked` returns the names in the programs sent since the
 * last call.
 */
function withJobCgroups(
  body: (leaves: JobCgroups, asked: () => string[], waits: (() => void)[]) => void,
) {
  const [ours, zygote] = socketpair();
  const receiver = new MessageReceiver(0x10000);
  const waits: (() => void)[] = [];
  const after = (_delayMs: number, call: () => void) => ({ at: 0, call, _: waits.push(call) });
  const send = (program: Program) => void sendFd(ours, program.encode());
  const asked = () => {
    const names: string[] = [];
    for (;;) {
      const count = receiver.receive(zygote, MSG_DONTWAIT);
      if (count <= 0) return names;
      const text = new TextDecoder("latin1").decode(receiver.bytes.subarray(0, count));
      names.push(/sandbox-\d+/.exec(text)![0]);
    }
  };
  try {
    body(new JobCgroups({ after }, { send }, "x86_64"), asked, waits);
  } finally {
    closeFd(ours);
    closeFd(zygote);
  }
}

Deno.test("leaves: no number comes twice, and names have one length", () => {
  withJobCgroups((leaves) => {
    const numbers = [leaves.next(), leaves.next(), leaves.next()];
    assert.deepEqual(numbers, [1, 2, 3]);
    assert.equal(leafName(7).length, leafName(999_999_999).length);
  });
});

Deno.test("leaves: one that is gone, or was never made, is asked for once", () => {
  withJobCgroups((leaves, asked, waits) => {
    leaves.remove(5);
    leaves.onRemoved(5, 0);
    leaves.remove(6);
    leaves.onRemoved(6, -E.ENOENT);
    assert.deepEqual(asked(), [leafName(5), leafName(6)]);
    assert.equal(waits.length, 0);
  });
});

Deno.test("leaves: a busy one is tried again, and one that stays is fatal", () => {
  withJobCgroups((leaves, asked, waits) => {
    leaves.remove(7);
    let tries = 0;
    assert.throws(() => {
      for (;; tries++) {
        assert.deepEqual(asked(), [leafName(7)]);
        leaves.onRemoved(7, -E.EBUSY);
        waits.pop()!();
      }
    }, FatalError);
    assert.ok(tries > 100, `${tries} tries`);
  });
});

Deno.test("leaves: any other error is fatal at once", () => {
  withJobCgroups((leaves) => assert.throws(() => leaves.onRemoved(8, -E.EPERM), /EPERM/));
});
