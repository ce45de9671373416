// Malformed requests, and the result that the protocol defines for each.
//
// `code` and `field` are what the one `error` must say. `closes` means that the framing is lost
// afterwards, so the connection ends. No case may ever run a program or end the agent.

/** One malformed request. */
export interface Malformed {
  readonly name: string;
  readonly send: string | Uint8Array;
  readonly code: string;
  readonly field?: string;
  readonly closes?: boolean;
}

const run = (fields: object) =>
  JSON.stringify({ type: "run", language: "sh", code: ":", ...fields }) + "\n";
const without = (fields: object) => JSON.stringify({ type: "run", ...fields }) + "\n";
const line = (message: unknown) => JSON.stringify(message) + "\n";
const bytes = (...parts: (string | number[])[]) =>
  new Uint8Array(
    parts.flatMap((part) => typeof part === "string" ? [...new TextEncoder().encode(part)] : part),
  );

const bad = "bad_request";
const path = "forbidden_path";

/** All cases. */
export const malformed: readonly Malformed[] = [
  // Not JSON at all.
  { name: "an empty line", send: "\n", code: bad },
  { name: "a word", send: "hello\n", code: bad },
  { name: "half an object", send: '{"type":"ping"\n', code: bad },
  { name: "two objects", send: '{"type":"ping"}{"type":"ping"}\n', code: bad },
  { name: "single quotes", send: "{'type':'ping'}\n", code: bad },
  { name: "a comma too many", send: '{"type":"ping",}\n', code: bad },
  { name: "a comment", send: '{"type":"ping"} // hi\n', code: bad },
  { name: "NaN", send: '{"type":"run","timeout_ms":NaN}\n', code: bad },
  { name: "Infinity", send: '{"type":"run","timeout_ms":Infinity}\n', code: bad },
  { name: "a hexadecimal number", send: '{"type":"run","timeout_ms":0x10}\n', code: bad },
  { name: "a raw NUL", send: bytes('{"type":"ping', [0], '"}\n'), code: bad },
  { name: "invalid UTF-8", send: bytes('{"type":"', [0xff, 0xfe], '"}\n'), code: bad },
  { name: "an overlong encoding", send: bytes('{"type":"', [0xc0, 0xaf], '"}\n'), code: bad },
  { name: "a byte order mark", send: bytes([0xef, 0xbb, 0xbf], '{"type":"ping"}\n'), code: bad },
  { name: "HTTP", send: "GET / HTTP/1.1\n", code: bad },
  { name: "a TLS hello", send: bytes([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3], "\n"), code: bad },
  // JSON, but not a message.
  { name: "null", send: "null\n", code: bad },
  { name: "a number", send: "42\n", code: bad },
  { name: "a string", send: '"ping"\n', code: bad },
  { name: "an array", send: '[{"type":"ping"}]\n', code: bad },
  { name: "deep nesting", send: `${"[".repeat(30_000)}${"]".repeat(30_000)}\n`, code: bad },
  {
    name: "deep nesting in a field",
    send: `{"type":"ping","id":${'{"a":'.repeat(9000)}1${"}".repeat(9000)}}\n`,
    code: bad,
  },
  // Not a known message.
  { name: "no type", send: "{}\n", code: bad, field: "type" },
  { name: "an unknown type", send: line({ type: "exec" }), code: bad, field: "type" },
  { name: "a type in capitals", send: line({ type: "PING" }), code: bad, field: "type" },
  { name: "a numeric type", send: line({ type: 1 }), code: bad, field: "type" },
  { name: "an inherited name", send: line({ type: "constructor" }), code: bad, field: "type" },
  { name: "__proto__ as type", send: '{"type":"__proto__"}\n', code: bad, field: "type" },
  { name: "a reply", send: line({ type: "ack" }), code: bad, field: "type" },
  // Wrong fields.
  { name: "an unknown field", send: line({ type: "ping", extra: 1 }), code: bad, field: "extra" },
  { name: "an unknown field of run", send: run({ user: "root" }), code: bad, field: "user" },
  { name: "__proto__ as field", send: '{"type":"ping","__proto__":{"a":1}}\n', code: bad },
  { name: "an id that is an object", send: line({ type: "ping", id: {} }), code: bad, field: "id" },
  {
    name: "an id too long",
    send: line({ type: "ping", id: "i".repeat(65) }),
    code: bad,
    field: "id",
  },
  { name: "an id with a fraction", send: line({ type: "ping", id: 1.5 }), code: bad, field: "id" },
  { name: "an id too large", send: '{"type":"ping","id":1e300}\n', code: bad, field: "id" },
  { name: "no language", send: without({ code: ":" }), code: bad, field: "language" },
  { name: "a language that is a number", send: run({ language: 3 }), code: bad, field: "language" },
  {
    name: "the guest's time, to an agent that is not the guest's first process",
    send: line({ type: "reset", time_ms: Date.now(), seed: "5a".repeat(32) }),
    code: bad,
    field: "time_ms",
  },
  {
    name: "an unknown language",
    send: run({ language: "cobol" }),
    code: "unknown_language",
    field: "language",
  },
  {
    name: "a path as language",
    send: run({ language: "/bin/sh" }),
    code: "unknown_language",
    field: "language",
  },
  {
    name: "an inherited language",
    send: run({ language: "toString" }),
    code: "unknown_language",
    field: "language",
  },
  { name: "neither code nor bytes", send: without({ language: "sh" }), code: bad },
  { name: "both code and bytes", send: run({ bytes: 1 }) + "x", code: bad },
  { name: "code that is an array", send: run({ code: [":"] }), code: bad, field: "code" },
  {
    name: "a lone surrogate",
    send: '{"type":"run","language":"sh","code":"\\ud800"}\n',
    code: bad,
    field: "code",
  },
  {
    name: "code too long",
    send: run({ code: "x".repeat(65_537) }),
    code: "too_large",
    field: "code",
  },
  {
    name: "code too long in bytes",
    send: run({ code: "ä".repeat(33_000) }),
    code: "too_large",
    field: "code",
  },
  {
    name: "a body of code too long",
    send: without({ language: "sh", bytes: 65_537 }) + "x".repeat(65_537),
    code: "too_large",
    field: "bytes",
  },
  { name: "args that are a string", send: run({ args: "-l" }), code: bad, field: "args" },
  { name: "an argument that is a number", send: run({ args: [1] }), code: bad, field: "args.0" },
  { name: "an argument with NUL", send: run({ args: ["a\0b"] }), code: bad, field: "args.0" },
  { name: "too many arguments", send: run({ args: Array(65).fill("") }), code: bad, field: "args" },
  {
    name: "an argument too long",
    send: run({ args: ["x".repeat(4097)] }),
    code: bad,
    field: "args.0",
  },
  { name: "env that is a list", send: run({ env: ["A=1"] }), code: bad },
  { name: "a name with =", send: run({ env: { "A=B": "1" } }), code: bad },
  { name: "an empty name", send: run({ env: { "": "1" } }), code: bad },
  { name: "a value that is null", send: run({ env: { A: null } }), code: bad },
  { name: "a value with NUL", send: run({ env: { A: "x\0" } }), code: bad },
  {
    name: "a number for __proto__ in env",
    send: '{"type":"run","language":"sh","code":":","env":{"__proto__":1}}\n',
    code: bad,
  },
  { name: "a name with NUL", send: run({ env: { "A\0": "1" } }), code: bad },
  { name: "code and entry", send: run({ entry: "x" }), code: bad },
  {
    name: "an entry above the directory",
    send: line({ type: "run", language: "sh", entry: "../x" }),
    code: path,
    field: "entry",
  },
  { name: "a cwd outside", send: run({ cwd: "/tmp" }), code: path, field: "cwd" },
  { name: "a profile that is none", send: run({ profile: "wide" }), code: bad, field: "profile" },
  { name: "no time to wait", send: run({ wait_ms: 0 }), code: bad, field: "wait_ms" },
  { name: "stdin that is a string", send: run({ stdin: "x" }), code: bad },
  { name: "stdin with both", send: run({ stdin: { text: "x", stream: true } }), code: bad },
  { name: "stdin stream false", send: run({ stdin: { stream: false } }), code: bad },
  { name: "timeout zero", send: run({ timeout_ms: 0 }), code: bad, field: "timeout_ms" },
  { name: "timeout negative", send: run({ timeout_ms: -1 }), code: bad, field: "timeout_ms" },
  {
    name: "timeout with a fraction",
    send: run({ timeout_ms: 1.5 }),
    code: bad,
    field: "timeout_ms",
  },
  { name: "timeout too long", send: run({ timeout_ms: 30_001 }), code: bad, field: "timeout_ms" },
  {
    name: "timeout beyond numbers",
    send: '{"type":"run","language":"sh","code":":","timeout_ms":1e999}\n',
    code: bad,
    field: "timeout_ms",
  },
  {
    name: "timeout of twenty digits",
    send: '{"type":"run","language":"sh","code":":","timeout_ms":18446744073709551616}\n',
    code: bad,
    field: "timeout_ms",
  },
  { name: "timeout as text", send: run({ timeout_ms: "100" }), code: bad, field: "timeout_ms" },
  { name: "an unknown limit", send: run({ limits: { nice: 1 } }), code: bad, field: "limits.nice" },
  {
    name: "a limit beyond the policy",
    send: run({ limits: { processes: 129 } }),
    code: bad,
    field: "limits.processes",
  },
  { name: "limits that are null", send: run({ limits: null }), code: bad, field: "limits" },
  { name: "stream as a number", send: run({ stream: 1 }), code: bad, field: "stream" },
  // Files.
  { name: "get without path", send: line({ type: "get" }), code: bad, field: "path" },
  { name: "get of nothing", send: line({ type: "get", path: "" }), code: bad, field: "path" },
  {
    name: "get of an absolute path",
    send: line({ type: "get", path: "/etc/passwd" }),
    code: path,
    field: "path",
  },
  {
    name: "get above the directory",
    send: line({ type: "get", path: "../etc/passwd" }),
    code: path,
    field: "path",
  },
  {
    name: "get by a detour",
    send: line({ type: "get", path: "a/../../etc/passwd" }),
    code: path,
    field: "path",
  },
  { name: "get with dots", send: line({ type: "get", path: "./x" }), code: path, field: "path" },
  {
    name: "get with double slashes",
    send: line({ type: "get", path: "a//b" }),
    code: path,
    field: "path",
  },
  {
    name: "get with NUL",
    send: line({ type: "get", path: "a\0/etc/passwd" }),
    code: path,
    field: "path",
  },
  {
    name: "get of a name too long",
    send: line({ type: "get", path: "n".repeat(256) }),
    code: path,
    field: "path",
  },
  {
    name: "get of a path too long",
    send: line({ type: "get", path: "a/".repeat(600) + "b" }),
    code: path,
    field: "path",
  },
  {
    name: "get of what is not there",
    send: line({ type: "get", path: "nothing" }),
    code: "not_found",
  },
  {
    name: "list above the directory",
    send: line({ type: "list", path: ".." }),
    code: path,
    field: "path",
  },
  {
    name: "list of another's cursor",
    send: line({ type: "list", recursive: true, cursor: "0.0:.." }),
    code: bad,
    field: "cursor",
  },
  { name: "list of no cursor", send: line({ type: "list", cursor: "x" }), code: bad },
  { name: "mkdir of itself", send: line({ type: "mkdir", path: "." }), code: path },
  {
    name: "mkdir with a body",
    send: line({ type: "mkdir", path: "d", bytes: 1 }) + "x",
    code: bad,
  },
  {
    name: "mkdir of a mode too large",
    send: line({ type: "mkdir", path: "d", mode: 512 }),
    code: bad,
    field: "mode",
  },
  { name: "link to nothing", send: line({ type: "link", path: "l", target: "" }), code: bad },
  {
    name: "link above the directory",
    send: line({ type: "link", path: "../l", target: "x" }),
    code: path,
    field: "path",
  },
  {
    name: "link of a text too long",
    send: line({ type: "link", path: "l", target: "x".repeat(4096) }),
    code: bad,
    field: "target",
  },
  { name: "remove of all", send: line({ type: "remove", path: "." }), code: path },
  {
    name: "remove of what is not there",
    send: line({ type: "remove", path: "n" }),
    code: "not_found",
  },
  {
    name: "remove that is not quite recursive",
    send: line({ type: "remove", path: "n", recursive: "yes" }),
    code: bad,
    field: "recursive",
  },
  { name: "put without bytes", send: line({ type: "put", path: "x" }), code: bad, field: "bytes" },
  {
    name: "put above the directory",
    send: line({ type: "put", path: "../x", bytes: 3 }) + "abc",
    code: path,
    field: "path",
  },
  {
    name: "put of a mode too large",
    send: line({ type: "put", path: "x", mode: 4095, bytes: 1 }) + "a",
    code: bad,
    field: "mode",
  },
  // While nothing runs.
  {
    name: "a signal that is a number",
    send: line({ type: "signal", signal: 9 }),
    code: bad,
    field: "signal",
  },
  {
    name: "a signal that is not offered",
    send: line({ type: "signal", signal: "SIGSEGV" }),
    code: bad,
    field: "signal",
  },
  { name: "stdin with neither", send: line({ type: "stdin" }), code: bad },
  { name: "stdin with eof false", send: line({ type: "stdin", eof: false }), code: bad },
  // The framing breaks: the start of the next line is unknown.
  {
    name: "a negative body",
    send: line({ type: "put", path: "x", bytes: -1 }),
    code: bad,
    field: "bytes",
    closes: true,
  },
  {
    name: "half a byte",
    send: line({ type: "put", path: "x", bytes: 0.5 }),
    code: bad,
    field: "bytes",
    closes: true,
  },
  {
    name: "bytes as text",
    send: line({ type: "put", path: "x", bytes: "3" }),
    code: bad,
    field: "bytes",
    closes: true,
  },
  {
    name: "a body of 2^53",
    send: '{"type":"put","path":"x","bytes":9007199254740993}\n',
    code: bad,
    field: "bytes",
    closes: true,
  },
  {
    name: "a body beyond the policy",
    send: line({ type: "put", path: "x", bytes: 67_108_865 }),
    code: "too_large",
    field: "bytes",
    closes: true,
  },
  {
    name: "a line too long",
    send: `{"type":"ping","id":"${"x".repeat(80_000)}"}\n`,
    code: "too_large",
    closes: true,
  },
  { name: "a line without end", send: "x".repeat(80_000), code: "too_large", closes: true },
];
