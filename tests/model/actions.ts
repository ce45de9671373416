// Everything that a client may do in a sequence, as data, and how it is written down.

import type { ClientName, RunWishes } from "./world.ts";

/** Lines that are no request, by name. */
export const malformed = {
  "not JSON": { line: "nonsense" },
  "a list": { line: "[]" },
  "an empty line": { line: "" },
  "not UTF-8": { line: "\xff" },
  "too deep": { line: "[".repeat(20) },
  "an unknown type": { request: { type: "fetch" }, code: "bad_request", field: "type" },
  "an unknown field": { request: { type: "ping", x: 1 }, code: "bad_request", field: "x" },
  "an unknown language": {
    request: { type: "run", language: "cobol", code: "" },
    code: "unknown_language",
    field: "language",
  },
  "no timeout": {
    request: { type: "run", language: "sh", code: "", timeout_ms: 0 },
    code: "bad_request",
    field: "timeout_ms",
  },
  "two programs": {
    request: { type: "run", language: "sh", code: "", entry: "a" },
    code: "bad_request",
  },
  "a path that leaves": {
    request: { type: "put", path: "../a", bytes: 3 },
    body: "a\n{",
    code: "forbidden_path",
    field: "path",
  },
  "a body too many": {
    request: { type: "ping", bytes: 4 },
    body: "{}\n{",
    code: "bad_request",
    field: "bytes",
  },
  "an unknown signal": {
    request: { type: "signal", signal: "SIGWAITING" },
    code: "bad_request",
    field: "signal",
  },
  "a negative body": { line: '{"type":"put","bytes":-1}', field: "bytes", fatal: true },
  "a body beyond all limits": {
    line: '{"type":"put","path":"a","bytes":99999999999}',
    code: "too_large",
    field: "bytes",
    fatal: true,
  },
  "a line without end": { line: "x".repeat(80_000), code: "too_large", fatal: true },
} as const satisfies Record<string, Malformed>;

/** A line, or a request without its id; the error that answers it; whether the connection then ends. */
interface Malformed {
  readonly line?: string;
  readonly request?: object;
  readonly body?: string;
  readonly code?: string;
  readonly field?: string;
  readonly fatal?: boolean;
}

/** The name of one of them. */
export type MalformedName = keyof typeof malformed;

/** What `malformed` says of `name`, in one type. */
export function malformedOf(name: MalformedName): Malformed {
  return malformed[name];
}

/** A request whose answer is known at once, so that several can be sent together. */
export type Plain =
  | { readonly do: "ping" }
  | { readonly do: "info" }
  | { readonly do: "reset" }
  | { readonly do: "put"; readonly path: string; readonly content: string }
  | { readonly do: "mkdir"; readonly path: string }
  | { readonly do: "get"; readonly path: string }
  | { readonly do: "link"; readonly path: string; readonly target: string }
  | { readonly do: "list"; readonly path?: string; readonly recursive: boolean }
  | { readonly do: "remove"; readonly path: string; readonly recursive: boolean };

/** What one client does. */
export type Act =
  | Plain
  | { readonly do: "burst"; readonly all: readonly Plain[] }
  | { readonly do: "run"; readonly wishes: RunWishes }
  | { readonly do: "stdin"; readonly bytes: number }
  | { readonly do: "eof" }
  | { readonly do: "cancel" }
  | { readonly do: "signal"; readonly signal: "SIGWINCH" | "SIGUSR1" | "SIGKILL" }
  | { readonly do: "malformed"; readonly name: MalformedName }
  | { readonly do: "half-line" | "half-put" | "other-half" }
  | { readonly do: "open" | "close" | "end-input" };

/** Who does what; `crowd` is everybody who finds a place, and one more. */
export type Action = { readonly client: ClientName; readonly act: Act } | "crowd";

/** An action in one line, such as `a: put {"path":"d/a","content":"x"}`. */
export function shown(action: Action): string {
  if (action === "crowd") return action;
  const { do: what, ...rest } = action.act;
  const words = Object.keys(rest).length === 0 ? "" : ` ${JSON.stringify(rest)}`;
  return `${action.client}: ${what}${words}`;
}
