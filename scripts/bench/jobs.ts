// Requests to the agent and their times: from the first byte sent to the last line received.

import { monotonicNs } from "../../linux/timerfd.ts";
import { type BlockingWire, type Message, pause } from "./wire.ts";

const encoder = new TextEncoder();

/** One run. Times are in milliseconds from its first byte sent. */
export interface JobTime {
  /** Until the ACK arrived. */
  readonly ack: number;
  /** Until the result arrived. */
  readonly whole: number;
  /** The times that the agent itself reports. */
  readonly timing: Readonly<Record<string, number>>;
}

/** A run of the stamp program, split at its stamp. */
export interface StampedTime extends JobTime {
  /** Until the job's first instruction. */
  readonly before: number;
  /**
   * From there until the result arrived (the job's last instruction is microseconds after its
   * first).
   */
  readonly after: number;
}

/** A run request as bytes, sent in one piece: with the code in the line, or raw after it. */
export function request(language: string, code: string | Uint8Array, more = {}): Uint8Array {
  const run = { type: "run", language, ...more };
  if (typeof code === "string") return encoder.encode(JSON.stringify({ ...run, code }) + "\n");
  const line = encoder.encode(JSON.stringify({ ...run, bytes: code.length }) + "\n");
  const both = new Uint8Array(line.length + code.length);
  both.set(line);
  both.set(code, line.length);
  return both;
}

/** A shell program of `bytes` bytes: one command, the rest a comment. */
export function largeProgram(bytes: number): string {
  return "exit 0\n#".padEnd(bytes, "x");
}

/**
 * Waits for the result of the run that `first`, its first message, belongs to. If it did not exit
 * with 0, throws an error, because its time would mean nothing.
 */
export function resultOf(wire: BlockingWire, first: Message = wire.message()): Message {
  let message = first;
  while (message.type !== "result" && message.type !== "error") message = wire.message();
  if (message.type === "error" || message.status !== "exited" || message.exit_code !== 0) {
    throw new Error(`Cannot measure a job that fails: ${JSON.stringify(message)}`);
  }
  return message;
}

/** Runs the job once. It must exit with 0. */
export function timeJob(wire: BlockingWire, bytes: Uint8Array): JobTime {
  const start = performance.now();
  wire.send(bytes);
  const first = wire.message();
  const ack = performance.now() - start;
  const { timing } = resultOf(wire, first);
  return { ack, whole: performance.now() - start, timing };
}

/** The stamp that was the last run's output: a struct timespec of the clock of `monotonicNs`. */
export function stampIn({ body }: BlockingWire): bigint {
  const view = new DataView(body.buffer);
  return view.getBigInt64(0, true) * 1_000_000_000n + view.getBigInt64(8, true);
}

/** Runs the stamp program (native/stamp.c) once. */
export function timeStamped(wire: BlockingWire, bytes: Uint8Array): StampedTime {
  const start = monotonicNs();
  const time = timeJob(wire, bytes);
  const end = monotonicNs();
  const stamp = stampIn(wire);
  if (stamp < start || stamp > end) {
    throw new Error("Cannot read the stamp: it lies outside its run");
  }
  return { ...time, before: Number(stamp - start) / 1e6, after: Number(end - stamp) / 1e6 };
}

/**
 * Calls `run` `count` times, with a pause before each call in which the agent makes the next
 * sandbox.
 */
export function repeat<T>(count: number, pauseMs: number, run: () => T): T[] {
  return Array.from({ length: count }, () => {
    pause(pauseMs);
    return run();
  });
}

/** Milliseconds of a request with a one-line answer: reset, ping, a frame for the C echo. */
export function timeAnswer(wire: BlockingWire, bytes: Uint8Array): number {
  const start = performance.now();
  wire.send(bytes);
  wire.message();
  return performance.now() - start;
}

/** A line of the protocol as bytes. */
export function line(message: object): Uint8Array {
  return encoder.encode(JSON.stringify(message) + "\n");
}
