// Output throughput: zeroes from `head`, streamed through the agent, and the same through `cat |
// socat`.

import { closeFd } from "../../linux/fd.ts";
import { connectUnix, receiveFd } from "../../linux/socket.ts";
import { request } from "./jobs.ts";
import { BlockingWire, pause } from "./wire.ts";

/** The result of one stream. */
export interface Stream {
  /** MiB per second received. */
  readonly rate: number;
  /** Bytes that the ring overwrote because the client was slower than the job. */
  readonly droppedBytes: number;
}

const MIB = 1 << 20;

/** Streams `bytes` bytes of a job's output. */
export function agentStream(path: string, bytes: number): Stream {
  using wire = new BlockingWire(path);
  wire.message(); // ready
  const start = performance.now();
  wire.send(request("sh", `head -c ${bytes} /dev/zero`, { stream: true, timeout_ms: 20000 }));
  let message = wire.message();
  while (message.type !== "result" && message.type !== "error") message = wire.message();
  const seconds = (performance.now() - start) / 1000;
  if (message.status !== "exited") {
    throw new Error(`Cannot measure a stream that fails: ${JSON.stringify(message)}`);
  }
  if (wire.bodyBytes + message.stdout.dropped !== bytes) {
    throw new Error(`Cannot measure a stream that loses bytes: ${wire.bodyBytes} of ${bytes} came`);
  }
  return { rate: wire.bodyBytes / MIB / seconds, droppedBytes: message.stdout.dropped };
}

/**
 * Streams `bytes` bytes through `head | cat | socat` and reads them the same way. socat's own block
 * is 8 KiB.
 */
export async function socatStream(
  directory: string,
  bytes: number,
  blockBytes = 8192,
): Promise<Stream> {
  const path = `${directory}/socat.sock`;
  const child = new Deno.Command("/bin/sh", {
    args: [
      "-c",
      `head -c ${bytes} /dev/zero | cat | socat -b ${blockBytes} -u - UNIX-LISTEN:${path},unlink-close`,
    ],
    stdin: "null",
    stdout: "null",
  }).spawn();
  let fd = -1;
  for (let tries = 0; fd < 0; tries++) {
    try {
      fd = connectUnix(path);
    } catch (error) {
      if (tries > 2000) throw error;
      pause(1);
    }
  }
  const buffer = new Uint8Array(MIB);
  const start = performance.now();
  let total = 0;
  for (let count; (count = receiveFd(fd, buffer)) > 0;) total += count;
  const seconds = (performance.now() - start) / 1000;
  closeFd(fd);
  await child.status;
  if (total !== bytes) throw new Error(`Cannot measure socat: ${total} of ${bytes} bytes came`);
  return { rate: total / MIB / seconds, droppedBytes: 0 };
}
