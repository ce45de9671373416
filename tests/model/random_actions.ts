// Random actions: what clients do often, seldom, and with which words.

import * as fc from "fast-check";
import { type Act, type Action, malformed, type Plain } from "./actions.ts";
import { WINDOW } from "./spec_run.ts";
import type { ClientName } from "./world.ts";

function weighted(weight: number, fields: Record<string, fc.Arbitrary<unknown>>) {
  return { weight, arbitrary: fc.record(fields) };
}

const path = fc.constantFrom("a", "a", "a", "d", "d/a", "d/a", "d/e/f", "job");
const newPath = path.filter((name) => name !== "job");
const recursive = fc.boolean();
const plain = fc.oneof(
  weighted(2, { do: fc.constantFrom("ping", "info", "reset") }),
  weighted(3, { do: fc.constant("put"), path: newPath, content: fc.constantFrom("", "x", "{}\n") }),
  weighted(1, { do: fc.constant("mkdir"), path: newPath }),
  weighted(3, { do: fc.constant("get"), path }),
  weighted(1, {
    do: fc.constant("link"),
    path: newPath,
    target: fc.constantFrom("a", "../d"),
  }),
  weighted(2, { do: fc.constant("list"), path: fc.option(path, { nil: undefined }), recursive }),
  weighted(2, { do: fc.constant("remove"), path, recursive }),
) as fc.Arbitrary<Plain>;

const wishes = fc.record({
  program: fc.constantFrom(
    "exit",
    "die",
    "write",
    "write",
    "look",
    "look",
    "cat",
    "cat",
    "cat",
    "sleep",
  ),
  keep: fc.constantFrom(true, true, false),
  stream: fc.boolean(),
  hasty: fc.boolean(),
  wait: fc.constantFrom("no", "short", "long", "long"),
});

const act = fc.oneof(
  { weight: 8, arbitrary: plain },
  weighted(1, { do: fc.constant("burst"), all: fc.array(plain, { minLength: 2, maxLength: 6 }) }),
  weighted(10, { do: fc.constant("run"), wishes }),
  weighted(4, {
    do: fc.constant("stdin"),
    bytes: fc.constantFrom(1, 2000, 2000, 300_000, WINDOW + 1),
  }),
  weighted(7, { do: fc.constantFrom("eof", "cancel") }),
  weighted(3, {
    do: fc.constant("signal"),
    signal: fc.constantFrom("SIGWINCH", "SIGUSR1", "SIGKILL"),
  }),
  weighted(2, {
    do: fc.constant("malformed"),
    name: fc.constantFrom(...Object.keys(malformed)),
  }),
  weighted(2, { do: fc.constantFrom("half-line", "half-put") }),
  weighted(6, { do: fc.constant("other-half") }),
  weighted(3, { do: fc.constantFrom("open", "open", "open", "open", "close", "end-input") }),
) as fc.Arbitrary<Act>;

const client = fc.constantFrom<ClientName>("a", "a", "b", "b", "library");
/** Any of them. Whether it is possible, the sequence decides. */
export const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 60, arbitrary: fc.record({ client, act }) },
  { weight: 1, arbitrary: fc.constant("crowd" as const) },
);
