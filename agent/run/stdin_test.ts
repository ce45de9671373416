// Input that the kernel did not take is not lost without a word.

import assert from "node:assert/strict";
import { O_CLOEXEC, O_RDONLY } from "../../linux/constants.ts";
import { closeFd, openFd, pipe2 } from "../../linux/fd.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { Loop } from "../core/loop.ts";
import { Stdin } from "./stdin.ts";

/** Why "input" could not be written to `fd`, which is closed. */
function failureOf(fd: number) {
  const streams = { stdin: fd };
  const closeStream = () => {
    closeFd(streams.stdin);
    streams.stdin = -1;
  };
  const loop = new Loop();
  try {
    const stdin = new Stdin(loop);
    stdin.begin(undefined);
    stdin.write(new TextEncoder().encode("input"));
    stdin.end();
    stdin.open({ job: { streams, closeStream } } as unknown as Sandbox);
    assert.equal(streams.stdin, -1, "the pipe is closed");
    return stdin.failure;
  } finally {
    loop.close();
  }
}

Deno.test("stdin: a write that fails is the run's failure", () => {
  const unwritable = openFd("/dev/null", O_RDONLY | O_CLOEXEC);
  assert.deepEqual(failureOf(unwritable), { step: "write stdin", errno: "EBADF" });
});

Deno.test("stdin: a job that reads no more is no failure, nor one that takes all", () => {
  const [reader, writer] = pipe2();
  closeFd(reader);
  assert.equal(failureOf(writer), undefined);
  const [reads, written] = pipe2();
  assert.equal(failureOf(written), undefined);
  closeFd(reads);
});
