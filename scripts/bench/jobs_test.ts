import assert from "node:assert/strict";
import { closeFd } from "../../linux/fd.ts";
import { acceptFd, listenUnix, sendFd } from "../../linux/socket.ts";
import { monotonicNs } from "../../linux/timerfd.ts";
import { request, timeJob, timeStamped } from "./jobs.ts";
import { BlockingWire } from "./wire.ts";

const encoder = new TextEncoder();
const done = { type: "result", status: "exited", exit_code: 0, timing: { write_ms: 0.25 } };

/** Calls `use` with a wire whose other end has already sent all `parts`. */
async function told(parts: (object | Uint8Array)[], use: (wire: BlockingWire) => void) {
  const directory = await Deno.makeTempDir({ prefix: "sallyport-bench-" });
  const path = `${directory}/s`;
  const listener = listenUnix(path);
  try {
    using wire = new BlockingWire(path);
    const far = acceptFd(listener);
    for (const part of parts) {
      sendFd(
        far,
        part instanceof Uint8Array ? part : encoder.encode(JSON.stringify(part) + "\n"),
      );
    }
    try {
      use(wire);
    } finally {
      closeFd(far);
    }
  } finally {
    closeFd(listener);
    await Deno.remove(directory, { recursive: true });
  }
}

function stampOf(ns: bigint): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setBigInt64(0, ns / 1_000_000_000n, true);
  view.setBigInt64(8, ns % 1_000_000_000n, true);
  return bytes;
}

Deno.test("a job is over with its result, and its body does not become a message", async () => {
  const body = encoder.encode('{"type":"nonsense"}\n');
  const parts = [{ type: "ack" }, { ...done, bytes: body.length }, body, { type: "pong" }];
  await told(parts, (wire) => {
    const { ack, whole, timing } = timeJob(wire, request("exec", "x"));
    assert.ok(ack > 0 && whole >= ack);
    assert.deepEqual(timing, { write_ms: 0.25 });
    assert.equal(wire.message().type, "pong");
    assert.equal(wire.bodyBytes, body.length);
    assert.deepEqual(wire.body.subarray(0, body.length), body);
  });
});

Deno.test("a job that fails is no sample", async () => {
  for (
    const end of [{ ...done, exit_code: 1 }, { ...done, status: "timeout" }, { type: "error" }]
  ) {
    await told([{ type: "ack" }, end], (wire) => {
      assert.throws(() => timeJob(wire, request("exec", "x")), /Cannot measure a job that fails/);
    });
  }
});

Deno.test("a stamp from outside its run is no sample: another clock, or another run's", async () => {
  for (const ns of [0n, monotonicNs(), monotonicNs() + 60_000_000_000n]) {
    await told([{ type: "ack" }, { ...done, bytes: 16 }, stampOf(ns)], (wire) => {
      assert.throws(() => timeStamped(wire, request("exec", "x")), /Cannot read the stamp/);
    });
  }
});

Deno.test("a run is split at its stamp", async () => {
  // The stamp must be inside a run that has not begun. So a pause before reading the result makes
  // the run long.
  const at = monotonicNs() + 20_000_000n;
  await told([{ type: "ack" }, { ...done, bytes: 16 }, stampOf(at)], (wire) => {
    const message = wire.message.bind(wire);
    wire.message = () => {
      const next = message();
      while (monotonicNs() < at + 1_000_000n);
      return next;
    };
    const { before, after, whole } = timeStamped(wire, request("exec", "x"));
    assert.ok(before > 0 && after > 0.9, `${before} and ${after}`);
    assert.ok(Math.abs(before + after - whole) < 5, `${before} + ${after} is not ${whole}`);
  });
});
