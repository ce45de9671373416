// Values that no request may carry, for each kind of field.

const own = (json: string): unknown => JSON.parse(json); // with "__proto__" as a name of its own
const many = (length: number) =>
  Object.fromEntries(Array.from({ length }, (_, i) => [`N${i}`, ""]));

const noText = [null, true, 0, -1, 1.5, 1e300, [], {}, ["a"], { a: 1 }];
const noNumber = [null, true, "", "1", "0x10", [], {}, [1]];
const noInteger = [...noNumber, -1, 0.5, 1e300, 2 ** 53];
const noFlag = [null, 0, 1, "", "true", [], {}];
const half = ["\ud800", "a\udfffb", "\udc00\ud800"];

/** Paths that are none below the sandbox directory. */
const badPaths = [
  ...[
    "",
    ".",
    "..",
    "/",
    "//",
    "a/",
    "/a",
    "./a",
    "a/.",
    "a/..",
    "../a",
    "a/../b",
    "a//b",
    "a/./b",
  ],
  ...[
    "/etc/passwd",
    "/proc/self/environ",
    "a\0",
    "\0",
    "a\0/../b",
    "../".repeat(100) + "etc/passwd",
  ],
  ...[
    "n".repeat(256),
    "é".repeat(128),
    "a/".repeat(512) + "a",
    "a/".repeat(3000),
    "p".repeat(4097),
  ],
  ...["p".repeat(40_000), "é/".repeat(400), ...half, "a/".repeat(2000) + ".."],
];

/** Wrong values by the name of their field. */
export const wrongValues: Readonly<Record<string, readonly unknown[]>> = {
  id: [null, true, 1.5, 1e300, -1e300, 2 ** 53, [], {}, "i".repeat(65)],
  path: [...noText, ...badPaths],
  entry: [...noText, ...badPaths],
  cwd: [...noText, ...badPaths.filter((path) => path !== ".")],
  mode: [...noInteger, 512, 0o7777, 0x7fffffff, 4294967296],
  target: [...noText, "", "a\0", "x".repeat(4096), "é".repeat(2048), ...half],
  recursive: noFlag,
  keep: noFlag,
  stream: noFlag,
  usage: noFlag,
  cursor: [
    ...noText,
    ...["", "x", "1", ":", "-1:", "1.:", ".1:", "1..2:", "1e3:", "0x1:", " 1:", "1 :", "\0:", "١:"],
    ...[
      "9".repeat(20) + ":",
      "0:a",
      "0.0.0:a",
      "0.0:..",
      "0.0:/a",
      "0.0:a/",
      "0.0:a\0",
      "0:\ud800",
    ],
    ...["0.".repeat(9000) + "0:", "0.".repeat(20) + "0:" + "a/".repeat(20), "1".repeat(17_000)],
  ],
  language: [
    ...noText,
    ...["", "cobol", "SH", "sh ", "sh\0", "/bin/sh", "../sh", "c".repeat(9000), ...half],
    ...["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf"],
  ],
  profile: [
    ...noText,
    ...["", "wide", "STRICT", "strict ", "agent", "exec", "__proto__", "constructor", "toString"],
    ...["w".repeat(9000), ...half],
  ],
  code: [null, true, 0, [], {}, "x".repeat(65_537), "é".repeat(32_769), ...half],
  args: [
    ...[null, true, 0, "", "-l", {}, [0], [null], [["a"]], [{}], ["a\0"], ["\ud800"]],
    ...[Array(65).fill(""), ["x".repeat(4097)], ["é".repeat(2049)], ["a", 1]],
  ],
  env: [
    ...[null, true, 0, "A=1", [], ["A=1"], { A: 0 }, { A: null }, { A: [] }, { A: "\0" }],
    ...[{ "": "x" }, { "A=B": "x" }, { "=": "x" }, { "A\0": "x" }, { A: "\ud800" }, {
      "\ud800": "x",
    }],
    ...[{ A: "x".repeat(4097) }, { ["x".repeat(257)]: "" }, many(65), { constructor: 1 }],
    ...[own('{"__proto__":1}'), own('{"__proto__":{"a":"b"}}'), { prototype: null }],
  ],
  stdin: [
    ...[null, true, 0, "x", [], {}, { text: 1 }, { text: null }, { stream: false }, { stream: 1 }],
    ...[{ text: "x", stream: true }, { other: 1 }, { text: "\ud800" }, own('{"__proto__":"x"}')],
  ],
  wait_ms: [...noInteger, 0, 86_400_001],
  timeout_ms: [...noInteger, 0, 30_001, 99_999_999],
  limits: [
    ...[null, true, 0, "", [], [1], { nice: 1 }, { cpu_ms: 0 }, { cpu_ms: -1 }, { cpu_ms: "1" }],
    ...[{ processes: 129 }, { memory_bytes: 1e300 }, { open_files: 1.5 }, { stack_bytes: null }],
    ...[{ file_bytes: 2 ** 53 }, { output_total_bytes: {} }, { constructor: 1 }, { toString: 1 }],
    ...[own('{"__proto__":1}'), own('{"__proto__":{"cpu_ms":1}}'), { "": 1 }, { cpu_ms: [1] }],
  ],
};

/** Names of fields that no message has. */
export const extraNames: readonly string[] = [
  ...["extra", "user", "Path", "path ", "PATH", "", " ", "0", "bytes ", "type\0", "a.b", "\ud800"],
  ...["constructor", "prototype", "toString", "valueOf", "hasOwnProperty", "__defineGetter__"],
  ...["__proto__", "k".repeat(65), "k".repeat(20_000), "🎈", "\n", '"', "escaped", "cgroup", "uid"],
];

/** Lines that are no message at all. */
export const noMessages: readonly string[] = [
  ...[
    "",
    " ",
    "null",
    "true",
    "1",
    '"x"',
    "[]",
    "[[]]",
    "{",
    "}",
    "{]",
    '{"a"}',
    "{'type':'ping'}",
  ],
  ...[
    '{"type":"ping"',
    '{"type":"ping"}}',
    '{"type":"ping",}',
    "\x00",
    "\x1b[2J",
    "GET / HTTP/1.1",
  ],
  ...["[".repeat(17), "[".repeat(60_000), '{"a":'.repeat(5000), '{"type":"ping","id":NaN}'],
  ...['{"type":1}', '{"type":null}', '{"type":"PING"}', '{"type":"__proto__"}', '{"type":"ack"}'],
  ...["{}", '{"type":"constructor"}', '{"type":["ping"]}', '{"type":"mkdir\\u0000","path":"a"}'],
];
