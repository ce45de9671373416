// Schemas of every message a client may send. The types are derived from them.
//
// protocol.ts checks paths and everything that depends on the policy (limits, languages). A schema
// must never accept a field it does not know.

import * as v from "valibot";
import { argument, bytes, closed, flag, id, integer, type Output, text } from "./fields.ts";

/** The limits a request may set; `timeout_ms` is a field of its own. */
export const requestLimits = [
  "cpu_ms",
  "cpu_percent",
  "memory_bytes",
  "processes",
  "open_files",
  "file_bytes",
  "stack_bytes",
  "output_total_bytes",
] as const;

/** One limit a request may set. */
export type RequestLimit = (typeof requestLimits)[number];

/** The signals a client may send to the job's process group. */
export const signalNames = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGABRT",
  "SIGKILL",
  "SIGUSR1",
  "SIGUSR2",
  "SIGALRM",
  "SIGTERM",
  "SIGCONT",
  "SIGSTOP",
  "SIGTSTP",
  "SIGWINCH",
] as const;

/** One signal a client may send. */
export type SignalName = (typeof signalNames)[number];

const atLeastOne = integer(1);
const limits = closed({
  cpu_ms: v.optional(atLeastOne),
  cpu_percent: v.optional(atLeastOne),
  memory_bytes: v.optional(atLeastOne),
  processes: v.optional(atLeastOne),
  open_files: v.optional(atLeastOne),
  file_bytes: v.optional(atLeastOne),
  stack_bytes: v.optional(atLeastOne),
  output_total_bytes: v.optional(atLeastOne),
}) satisfies v.GenericSchema<{ [Name in RequestLimit]?: number }>;

/** Most arguments of one run, and most names in its environment. */
const manyArguments = 64;
/** Most bytes of one argument or one value of the environment. */
const argumentBytes = 4096;

const args = v.pipe(
  v.array(argument(argumentBytes), "must be an array of strings"),
  v.maxLength(manyArguments, `must have at most ${manyArguments} elements`),
);

const variable = v.pipe(
  argument(256),
  v.regex(/^[^=]+$/, 'must have a name without "="'),
);
const variableValue = argument(argumentBytes);
const env = v.pipe(
  v.record(variable, variableValue, "must be an object of strings"),
  v.check(
    (value) => Object.keys(value).length <= manyArguments,
    `must have at most ${manyArguments} names`,
  ),
);

/** The longest time that a run may wait for the one before it to end: a day. */
const MAX_WAIT_MS = 86_400_000;

/** Whether something can be the value of a variable of the environment. */
export function isVariableValue(value: unknown): value is string {
  return v.is(variableValue, value);
}

const stdin = v.union([
  closed({ text }),
  closed({ stream: v.literal(true) }),
], 'must be {"text": a string} or {"stream": true}');

const path = v.pipe(v.string("must be a string"), v.minLength(1, "must not be empty"));
const mode = integer(0, 0o777);

/** Characters of a cursor: a path, and a position in each directory on its way. */
const cursorLength = 16_384;
const cursor = v.pipe(
  v.string("must be a string"),
  v.maxLength(cursorLength, "must be the cursor of an answer"),
  v.regex(/^\d{1,19}(\.\d{1,19})*:/, "must be the cursor of an answer"),
);

/** The schema of every request, by its type. */
export const requestSchemas = {
  run: v.pipe(
    closed({
      type: v.literal("run"),
      id: v.optional(id),
      language: v.string("must be a string"),
      profile: v.optional(v.string("must be a string")),
      code: v.optional(text),
      bytes: v.optional(bytes),
      entry: v.optional(path),
      cwd: v.optional(path),
      args: v.optional(args),
      env: v.optional(env),
      stdin: v.optional(stdin),
      timeout_ms: v.optional(atLeastOne),
      wait_ms: v.optional(integer(1, MAX_WAIT_MS)),
      limits: v.optional(limits),
      stream: v.optional(flag),
      usage: v.optional(flag),
      keep: v.optional(flag),
    }),
    v.check(
      ({ code, bytes, entry }) =>
        [code, bytes, entry].filter((one) => one !== undefined).length === 1,
      'must have one of "code", "bytes" and "entry"',
    ),
  ),
  put: closed({
    type: v.literal("put"),
    id: v.optional(id),
    path,
    mode: v.optional(mode),
    bytes,
  }),
  mkdir: closed({ type: v.literal("mkdir"), id: v.optional(id), path, mode: v.optional(mode) }),
  link: closed({
    type: v.literal("link"),
    id: v.optional(id),
    path,
    target: v.pipe(argument(4095), v.minLength(1, "must not be empty")),
  }),
  remove: closed({
    type: v.literal("remove"),
    id: v.optional(id),
    path,
    recursive: v.optional(flag),
  }),
  get: closed({ type: v.literal("get"), id: v.optional(id), path }),
  list: closed({
    type: v.literal("list"),
    id: v.optional(id),
    path: v.optional(path),
    recursive: v.optional(flag),
    cursor: v.optional(cursor),
  }),
  stdin: v.pipe(
    closed({
      type: v.literal("stdin"),
      id: v.optional(id),
      bytes: v.optional(bytes),
      eof: v.optional(v.literal(true, "must be true")),
    }),
    v.check(
      (stdin) => (stdin.bytes === undefined) !== (stdin.eof === undefined),
      'must have either "bytes" or "eof"',
    ),
    v.description(
      "Input of a run with stdin {stream: true}. Never more than `ack`'s `stdin_window` beyond the " +
        "`taken` that was said last: a message that goes further is refused, and it and all input " +
        "behind it is dropped; the run goes on. A message of at most half the window finds room in the end.",
    ),
  ),
  signal: closed({
    type: v.literal("signal"),
    id: v.optional(id),
    signal: v.picklist(signalNames, 'must be a signal\'s name, such as "SIGTERM"'),
  }),
  cancel: closed({ type: v.literal("cancel"), id: v.optional(id) }),
  reset: v.pipe(
    closed({
      type: v.literal("reset"),
      id: v.optional(id),
      time_ms: v.optional(integer(0)),
      seed: v.optional(v.pipe(
        v.string("must be a string"),
        v.regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits in lower case"),
      )),
    }),
    v.check(
      (reset) => (reset.time_ms === undefined) === (reset.seed === undefined),
      'must have both "time_ms" and "seed", or neither',
    ),
  ),
  ping: closed({ type: v.literal("ping"), id: v.optional(id) }),
  info: closed({ type: v.literal("info"), id: v.optional(id) }),
};

/** Executes code. Sizes are in bytes, times in milliseconds. */
export type RunRequest = Output<typeof requestSchemas.run>;
/** Write a file of the sandbox directory, and the directories above it; its content follows. */
export type PutRequest = Output<typeof requestSchemas.put>;
/** Make a directory below the sandbox directory, and those above it; one that is there stays. */
export type MkdirRequest = Output<typeof requestSchemas.mkdir>;
/** Make a symbolic link below the sandbox directory, and the directories above it. */
export type LinkRequest = Output<typeof requestSchemas.link>;
/** Remove a file, a link, an empty directory, or with `recursive` a directory and all in it. */
export type RemoveRequest = Output<typeof requestSchemas.remove>;
/** Read a file of the sandbox directory. */
export type GetRequest = Output<typeof requestSchemas.get>;
/**
 * List a directory of the sandbox directory, or itself; with `recursive` all below it. `cursor`: go
 * on where the answer with that cursor ended.
 */
export type ListRequest = Output<typeof requestSchemas.list>;
/** Standard input for the running job, or its end. */
export type StdinRequest = Output<typeof requestSchemas.stdin>;
/** Sends a signal to the job's process group. */
export type SignalRequest = Output<typeof requestSchemas.signal>;
/**
 * Asks for a new sandbox. After a snapshot it also carries the host's time (milliseconds since
 * 1970) and fresh randomness.
 */
export type ResetRequest = Output<typeof requestSchemas.reset>;
/** Any message of a client; `type` selects which. */
export type Request = {
  [Type in keyof typeof requestSchemas]: Output<(typeof requestSchemas)[Type]>;
}[keyof typeof requestSchemas];
