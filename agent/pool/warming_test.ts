// A waiting interpreter that cannot be told is a named failure, and leaves nothing in /tmp.

import assert from "node:assert/strict";
import { E } from "../../linux/errno.ts";
import { closeFd } from "../../linux/fd.ts";
import { socketpair } from "../../linux/socket.ts";
import { thisArch } from "../../linux/syscall_numbers.ts";
import { policy } from "../../policy/generated/policy.ts";
import { profiles } from "../../policy/generated/profiles.ts";
import type { Program } from "../../sandbox/program.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { warmFiles } from "../../sandbox/start_program.ts";
import { Loop } from "../core/loop.ts";
import { Warming } from "./warming.ts";

const language = policy.languages.python;

/** Runs `body` with an interpreter that waits in a sandbox whose job's socket answers `sent`. */
function withWaiting(
  sent: number,
  body: (warming: Warming, sandbox: Sandbox, programs: string[]) => void,
): void {
  const loop = new Loop();
  const [ours, theirs] = socketpair();
  const programs: string[] = [];
  const note = (program: Program) => void programs.push(...program.steps.map(({ name }) => name));
  const sandbox = {
    warm: () => true,
    ask: note,
    run: note,
    closed: false,
    job: { listener: -1, socket: ours, pid: 7, go: () => sent },
  } as unknown as Sandbox;
  try {
    const warming = new Warming(loop, { arch: thisArch } as never, policy, profiles);
    assert.ok(warming.begin(sandbox, language));
    body(warming, sandbox, programs);
  } finally {
    loop.unwatch(ours);
    loop.close();
    closeFd(ours);
    closeFd(theirs);
  }
}

Deno.test("warming: a request that the kernel does not take is a failure", () => {
  withWaiting(-E.ENOBUFS, (warming, sandbox) => {
    assert.deepEqual(warming.go(sandbox, new Uint8Array(1), assert.fail), {
      step: "send the interpreter its request",
      errno: "ENOBUFS",
    });
  });
});

Deno.test("warming: that the interpreter has ended will be told, and is none", () => {
  for (const sent of [-E.EPIPE, -E.ECONNRESET, 1]) {
    withWaiting(sent, (warming, sandbox) => {
      assert.equal(warming.go(sandbox, new Uint8Array(1), assert.fail), undefined);
    });
  }
});

Deno.test("warming: an interpreter that is given up leaves none of its files behind", () => {
  withWaiting(1, (warming, sandbox, programs) => {
    warming.discard(sandbox);
    for (const path of warmFiles(language)) assert.ok(programs.includes(`remove ${path}`), path);
    assert.ok(programs.includes("kill the job"));
  });
});
