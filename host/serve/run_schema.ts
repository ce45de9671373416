// The schemas of a run over HTTP: what is asked for, and what is answered. They are made of the
// protocol's own fields, so that a field means the same in both.

import * as v from "valibot";
import { bytes, closed, flag, integer, milliseconds, text } from "../../protocol/fields.ts";
import { replySchemas } from "../../protocol/replies.ts";
import { requestSchemas } from "../../protocol/requests.ts";
import { content } from "./content.ts";

/** Files that one request may bring, and that it may ask for. */
const manyFiles = 64;
/** A day: no line is longer. */
const longestWaitMs = 86_400_000;

const asked = requestSchemas.run.entries;
const path = requestSchemas.get.entries.path;

const idRule = "must be 1 to 64 letters, digits, dots, dashes or underscores";
/** A run's name among those of its token. */
export const runId = v.pipe(v.string(idRule), v.regex(/^[A-Za-z0-9._-]{1,64}$/, idRule));

/** A file that is put before the run. */
const file = closed({ path, content, mode: requestSchemas.put.entries.mode });

/** What is asked for. */
export const runRequest = v.pipe(
  closed({
    id: v.optional(runId),
    language: asked.language,
    profile: asked.profile,
    code: v.optional(content),
    entry: asked.entry,
    cwd: asked.cwd,
    args: asked.args,
    env: asked.env,
    stdin: v.optional(content),
    timeout_ms: asked.timeout_ms,
    limits: asked.limits,
    // The longest time in the line for a machine.
    wait_ms: v.optional(integer(1, longestWaitMs)),
    // Whether a run whose machine was lost may be begun once more.
    idempotent: v.optional(flag),
    files: v.optional(
      v.pipe(
        v.array(file, "must be an array of files"),
        v.maxLength(manyFiles, `must have at most ${manyFiles} elements`),
      ),
    ),
    // Files of the sandbox that come back with the result.
    get: v.optional(
      v.pipe(
        v.array(path, "must be an array of paths"),
        v.maxLength(manyFiles, `must have at most ${manyFiles} elements`),
      ),
    ),
  }),
  v.check(
    ({ code, entry }) => (code === undefined) !== (entry === undefined),
    'must have one of "code" and "entry"',
  ),
);

/** A request that was checked. */
export type RunRequest = v.InferOutput<typeof runRequest>;

/** One stream: bytes written, bytes dropped, and those kept; not kept where they were streamed. */
const stream = closed({ total: bytes, dropped: bytes, content: v.optional(content) });

const { type: _t, id: _i, bytes: _b, build, ...ended } = replySchemas.result.entries;

const fileError = closed({ code: text, detail: text });

/** What is answered when the program has run, however it ended. */
export const runResult = closed({
  id: runId,
  machine: text,
  // How often it was tried, from 1.
  attempts: integer(1),
  // Time in the line.
  waited_ms: milliseconds,
  ...ended,
  stdout: stream,
  stderr: stream,
  build: v.optional(closed({ ...build.wrapped.entries, stdout: stream, stderr: stream })),
  files: v.optional(v.array(v.union([
    closed({ path, content }),
    closed({ path, error: fileError }),
  ]))),
});

/** A run's answer. */
export type RunResult = v.InferOutput<typeof runResult>;
