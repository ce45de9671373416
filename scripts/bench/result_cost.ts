// What it costs the agent to build a result's message and send it, measured by calling the agent's
// own functions in this process.
//
// From outside, this part cannot be separated from the job's exit before it and the wake-up after
// it. So it is called here with a small result, and with pauses between the calls as between jobs.
// The time in which the client reads the result is not included.

import { SOCK_CLOEXEC, SOCK_STREAM } from "../../linux/constants.ts";
import { closeFd } from "../../linux/fd.ts";
import { receiveFd, socketpair } from "../../linux/socket.ts";
import { policy } from "../../policy/generated/policy.ts";
import type { Execution } from "../../agent/run/execution.ts";
import { Outbox } from "../../agent/serve/outbox.ts";
import { type Facts, resultOf } from "../../agent/run/result.ts";
import { Ring } from "../../agent/run/ring.ts";
import { OutputStream } from "../../agent/run/stream.ts";
import { pause } from "./wire.ts";

const RING_BYTES = 4096;

function facts(): Facts {
  const usage = { cpuUserMs: 1.25, cpuSystemMs: 0.5, maxRssBytes: 9 << 20 };
  const execution: Execution = {
    phase: "over",
    rounds: 0,
    pid: 3,
    end: { exitCode: 0, left: false, ownMaxRssBytes: 0, usage },
  };
  const { limits } = policy;
  const output = (name: "stdout" | "stderr", text: string) => {
    const stream = new OutputStream(name, new Ring(RING_BYTES));
    stream.ring.room(text.length).set(new TextEncoder().encode(text));
    stream.ring.written(text.length);
    return stream;
  };
  return {
    request: {
      id: "bench",
      language: policy.languages.python,
      code: new Uint8Array(0),
      ...{ args: [], env: {}, stdinStreams: false, timeoutMs: limits.timeout_ms.default },
      limits: {
        cpu_ms: limits.cpu_ms.default,
        cpu_percent: 100,
        memory_bytes: limits.memory_bytes.default,
        processes: limits.processes.default,
        open_files: limits.open_files.default,
        file_bytes: limits.file_bytes.default,
        stack_bytes: limits.stack_bytes.default,
      },
      outputTotalBytes: limits.output_total_bytes.default,
      ...{ stream: false, usage: false, keep: false },
    },
    execution,
    wallMs: 12.345,
    peakBytes: 0,
    usageBefore: { cpuUserMs: 0, cpuSystemMs: 0, maxRssBytes: 0 },
    stdout: output("stdout", "hello\n"),
    stderr: output("stderr", ""),
    denied: [{ syscall: "mount", count: 1 }],
    deniedMore: false,
    timing: { ack_ms: 0.1, write_ms: 0.1, spawn_ms: 0.2, run_ms: 10.5, collect_ms: 0.1 },
  };
}

/** Milliseconds to format and send each of `count` results, with a pause before each. */
export function resultTimes(count: number, pauseMs: number): number[] {
  const all = facts();
  const [near, far] = socketpair(SOCK_STREAM | SOCK_CLOEXEC);
  const outbox = new Outbox(near);
  const taken = new Uint8Array(RING_BYTES);
  try {
    return Array.from({ length: count }, () => {
      pause(pauseMs);
      const start = performance.now();
      const { message, bodies } = resultOf(all);
      outbox.send(message, ...bodies);
      const ms = performance.now() - start;
      if (outbox.broken || receiveFd(far, taken) <= 0) throw new Error("Cannot send a result");
      return ms;
    });
  } finally {
    closeFd(near);
    closeFd(far);
  }
}
