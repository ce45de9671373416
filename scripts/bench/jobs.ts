// What is asked of the agent, and how long it took: from the first byte sent to the last line received.

import { type BlockingWire, type Message, pause } from "./wire.ts";

const encoder = new TextEncoder();

/** Milliseconds of one run. */
export interface JobTime {
  /** Until the ACK had come. */
  readonly ack: number;
  /** Until the result had come. */
  readonly whole: number;
}

/** A run request as bytes, sent in one piece: the code in the line, or raw behind it. */
export function request(language: string, code: string | Uint8Array, more = {}): Uint8Array {
  const run = { type: "run", language, ...more };
  if (typeof code === "string") return encoder.encode(JSON.stringify({ ...run, code }) + "\n");
  const line = encoder.encode(JSON.stringify({ ...run, bytes: code.length }) + "\n");
  const both = new Uint8Array(line.length + code.length);
  both.set(line);
  both.set(code, line.length);
  return both;
}

/** A shell program of 64 KiB: one command, the rest a comment. */
export function largeProgram(bytes: number): string {
  return "exit 0\n#".padEnd(bytes, "x");
}

/** Runs it once; a job that does not exit with 0 is an error, since its time would mean nothing. */
export function timeJob(wire: BlockingWire, bytes: Uint8Array): JobTime {
  const start = performance.now();
  wire.send(bytes);
  const first = wire.message();
  const ack = performance.now() - start;
  let message: Message = first;
  while (message.type !== "result" && message.type !== "error") message = wire.message();
  const whole = performance.now() - start;
  if (message.type === "error" || message.status !== "exited" || message.exit_code !== 0) {
    throw new Error(`Cannot measure a job that fails: ${JSON.stringify(message)}`);
  }
  return { ack, whole };
}

/** Runs it that often, with a pause before each in which the agent makes the next sandbox. */
export function timeJobs(
  wire: BlockingWire,
  bytes: Uint8Array,
  count: number,
  pauseMs: number,
): JobTime[] {
  return Array.from({ length: count }, () => {
    pause(pauseMs);
    return timeJob(wire, bytes);
  });
}

/** Milliseconds of requests that are answered by one line: reset, ping, a line of the C echo. */
export function timeAnswers(
  wire: BlockingWire,
  bytes: Uint8Array,
  count: number,
  pauseMs: number,
): number[] {
  return Array.from({ length: count }, () => {
    pause(pauseMs);
    const start = performance.now();
    wire.send(bytes);
    wire.message();
    return performance.now() - start;
  });
}

/** A line of the protocol as bytes. */
export function line(message: object): Uint8Array {
  return encoder.encode(JSON.stringify(message) + "\n");
}
