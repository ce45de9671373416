// Schemas of every message the agent may send. The types are derived from them.
//
// The controller checks the agent's messages against these schemas: the guest is the less trusted
// side, and a message that is not defined here must never reach a caller.

import * as v from "valibot";
import { bytes, closed, flag, id, integer, milliseconds, type Output } from "./fields.ts";
import { errorCodes } from "./protocol_error.ts";

/** How a run ended. */
export const statuses = [
  "exited",
  "signaled",
  "timeout",
  "limit",
  "cancelled",
  "failed",
  "build",
] as const;
/** How a build ended. */
const buildStatuses = ["exited", "signaled", "timeout", "limit", "cancelled", "failed"] as const;
/** The limit that ended a run whose status is `limit`. */
export const limitNames = ["cpu", "memory", "processes", "file_size", "output", "denied"] as const;
/** Source of `memory_peak_bytes`: memory.peak, the samples taken, ru_maxrss, or none. */
export const memorySources = ["cgroup", "samples", "rusage", "none"] as const;

const words = v.string("must be a string");
const count = integer(0);

/** State of one output stream: bytes written, bytes dropped, bytes that follow. */
const stream = closed({ total: bytes, dropped: bytes, bytes: v.optional(bytes) });

/** Milliseconds between the marks of a run. Empty if the agent was built without marks. */
const timing = closed({
  // Only for a run that waited for others to end.
  wait_ms: v.optional(milliseconds),
  // CPU time of an interpreter that was started ahead of the request; in the result's CPU time too.
  ahead_cpu_ms: v.optional(milliseconds),
  ack_ms: v.optional(milliseconds),
  write_ms: v.optional(milliseconds),
  spawn_ms: v.optional(milliseconds),
  first_output_ms: v.optional(milliseconds),
  run_ms: v.optional(milliseconds),
  collect_ms: v.optional(milliseconds),
});

/** What a result says of how a job ended and of what it used. */
const ended = {
  exit_code: v.optional(integer(0, 255)),
  signal: v.optional(words),
  limit: v.optional(v.picklist(limitNames)),
  step: v.optional(words),
  errno: v.optional(words),
  wall_ms: milliseconds,
  cpu_user_ms: milliseconds,
  cpu_system_ms: milliseconds,
  memory_peak_bytes: bytes,
  memory_source: v.picklist(memorySources),
  stdout: stream,
  stderr: stream,
  denied: v.array(closed({ syscall: words, count })),
  // More calls were refused than `denied` counts.
  denied_more: v.optional(flag),
};

/** The schema of every reply, by its type. */
export const replySchemas = {
  ready: closed({ type: v.literal("ready"), protocol: count, agent: words }),
  ack: closed({
    type: v.literal("ack"),
    id: v.optional(id),
    // For a run that streams its input: bytes the client may send before the first `stdin` message.
    stdin_window: v.optional(bytes),
  }),
  stdin: v.pipe(
    closed({ type: v.literal("stdin"), taken: bytes }),
    v.description(
      "Bytes of standard input that were taken so far: by the job's pipe, or thrown away because " +
        "the job reads no more. Sent at every quarter of the window.",
    ),
  ),
  stdout: closed({ type: v.literal("stdout"), offset: bytes, bytes }),
  stderr: closed({ type: v.literal("stderr"), offset: bytes, bytes }),
  usage: closed({
    type: v.literal("usage"),
    wall_ms: milliseconds,
    cpu_ms: milliseconds,
    memory_bytes: bytes,
    processes: count,
  }),
  result: closed({
    type: v.literal("result"),
    id: v.optional(id),
    status: v.picklist(statuses),
    ...ended,
    // Only for a language with a build step. Its output comes before the run's own.
    build: v.optional(closed({ status: v.picklist(buildStatuses), ...ended })),
    survivors: count,
    timing,
    bytes: v.optional(bytes),
  }),
  file: closed({ type: v.literal("file"), id: v.optional(id), path: words, bytes }),
  files: closed({
    type: v.literal("files"),
    id: v.optional(id),
    entries: v.array(closed({
      // With `recursive`: the path below the directory that is listed.
      name: words,
      // The last name of it is not UTF-8: its bytes that are not ASCII, and each backslash, stand
      // as "\xNN". No request can name it.
      escaped: v.optional(flag),
      kind: v.picklist(["file", "directory", "symlink", "other"]),
      size: bytes,
      mode: count,
      // A symbolic link's text.
      target: v.optional(words),
    })),
    // There is more: ask for it with this.
    cursor: v.optional(words),
  }),
  done: closed({ type: v.literal("done"), id: v.optional(id) }),
  pong: closed({ type: v.literal("pong"), id: v.optional(id) }),
  info: closed({
    type: v.literal("info"),
    id: v.optional(id),
    agent: words,
    protocol: count,
    languages: v.array(closed({
      name: words,
      level: v.picklist(["bare", "armed", "warm"]),
      // What a run may name as `profile`; the first is the default.
      profiles: v.array(words),
      // What an interpreter that waits has used until then, and which libraries it did not find.
      warm: v.optional(closed({
        cpu_ms: milliseconds,
        memory_bytes: bytes,
        missing: v.array(words),
      })),
    })),
    limits: v.record(
      v.string(),
      v.union([count, closed({ default: count, max: count })], "must be a number or a range"),
    ),
    // Sandboxes that are kept ready.
    prepared: v.optional(count),
    // What each of them costs: the resident memory of its two launchers, and the time to make the last one.
    prepared_each: v.optional(closed({ memory_bytes: bytes, make_ms: milliseconds })),
    hardening: v.array(closed({ layer: words, on: flag, why: v.optional(words) })),
  }),
  error: closed({
    type: v.literal("error"),
    id: v.optional(id),
    code: v.picklist(errorCodes),
    message: words,
    field: v.optional(words),
  }),
};

/** How a run ended, and what it used. */
export type ResultReply = Output<typeof replySchemas.result>;
/** A sample of a running job. */
export type UsageReply = Output<typeof replySchemas.usage>;
/** The agent's version, abilities and enforced limits. */
export type InfoReply = Output<typeof replySchemas.info>;
/** A directory of the sandbox. */
export type FilesReply = Output<typeof replySchemas.files>;
/** One entry of a directory. */
export type FileEntry = FilesReply["entries"][number];
/** A refused request. */
export type ErrorReply = Output<typeof replySchemas.error>;
/** Any message of the agent; `type` selects which. */
export type Reply = {
  [Type in keyof typeof replySchemas]: Output<(typeof replySchemas)[Type]>;
}[keyof typeof replySchemas];
