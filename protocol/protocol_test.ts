// Requests that are accepted, and at least fifty that are refused, each with its code and field.

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { policy } from "../policy/generated/policy.ts";
import { idOf, parseReply, parseRequest, type RequestRules, requestSchemas } from "./protocol.ts";
import { ProtocolError } from "./protocol_error.ts";

const rules: RequestRules = {
  limits: policy.limits,
  languages: new Map([["python", ["strict", "programs"]], ["sh", ["strict"]]]),
  unenforced: new Set(["cpu_percent"]),
};
const { limits } = policy;

/** The smallest valid run request, plus the given fields. */
function run(fields: string): string {
  return `{"type":"run","language":"sh","code":"",${fields}}`;
}

const names = (count: number) =>
  JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, i) => [`N${i}`, ""])));

/** Line, code, field. */
const refused: [string, string, string | undefined][] = [
  ["{}", "bad_request", "type"],
  ['{"type":null}', "bad_request", "type"],
  ['{"type":1}', "bad_request", "type"],
  ['{"type":""}', "bad_request", "type"],
  ['{"type":"RUN"}', "bad_request", "type"],
  ['{"type":"toString"}', "bad_request", "type"],
  ['{"type":"__proto__"}', "bad_request", "type"],
  ['{"type":["run"]}', "bad_request", "type"],
  ['{"type":"result"}', "bad_request", "type"],
  ['{"type":"ping","more":1}', "bad_request", "more"],
  ['{"type":"ping","toString":1}', "bad_request", "toString"],
  ['{"type":"ping","__proto__":{"a":1}}', "bad_request", "__proto__"],
  ['{"type":"ping","bytes":3}', "bad_request", "bytes"],
  ['{"type":"ping","id":null}', "bad_request", "id"],
  ['{"type":"ping","id":1.5}', "bad_request", "id"],
  ['{"type":"ping","id":1e999}', "bad_request", "id"],
  ['{"type":"ping","id":9007199254740993}', "bad_request", "id"],
  [`{"type":"ping","id":"${"x".repeat(65)}"}`, "bad_request", "id"],
  ['{"type":"run","code":""}', "bad_request", "language"],
  ['{"type":"run","code":"","language":1}', "bad_request", "language"],
  ['{"type":"run","code":"","language":"cobol"}', "unknown_language", "language"],
  ['{"type":"run","code":"","language":"constructor"}', "unknown_language", "language"],
  ['{"type":"run","language":"sh"}', "bad_request", undefined],
  [run('"bytes":1'), "bad_request", undefined],
  ['{"type":"run","language":"sh","code":7}', "bad_request", "code"],
  ['{"type":"run","language":"sh","code":"\\ud800"}', "bad_request", "code"],
  [`{"type":"run","language":"sh","bytes":${limits.code_bytes + 1}}`, "too_large", "bytes"],
  [
    `{"type":"run","language":"sh","code":"${"é".repeat(limits.code_bytes / 2)}x"}`,
    "too_large",
    "code",
  ],
  [run('"args":"a"'), "bad_request", "args"],
  [run('"args":{"length":1}'), "bad_request", "args"],
  [run('"args":[1]'), "bad_request", "args.0"],
  [run('"args":["a","b\\u0000"]'), "bad_request", "args.1"],
  [run('"args":["\\udc00"]'), "bad_request", "args.0"],
  [run(`"args":["${"x".repeat(4097)}"]`), "bad_request", "args.0"],
  [run(`"args":${JSON.stringify(Array(65).fill(""))}`), "bad_request", "args"],
  [run('"env":[]'), "bad_request", "env"],
  [run('"env":["A=1"]'), "bad_request", "env"],
  [run('"env":{"A":1}'), "bad_request", "env.A"],
  [run('"env":{"A":null}'), "bad_request", "env.A"],
  [run('"env":{"A":"\\u0000"}'), "bad_request", "env.A"],
  [run('"env":{"A=B":""}'), "bad_request", "env.A=B"],
  [run('"env":{"":""}'), "bad_request", "env."],
  [run('"env":{"A\\u0000":""}'), "bad_request", "env.A\0"],
  [run(`"env":{"${"x".repeat(257)}":""}`), "bad_request", `env.${"x".repeat(60)}…`],
  [run('"env":{"__proto__":1}'), "bad_request", "env.__proto__"],
  [run('"env":{"constructor":"\\u0000"}'), "bad_request", "env.constructor"],
  [run(`"env":${names(65)}`), "bad_request", "env"],
  [run('"stdin":"text"'), "bad_request", "stdin"],
  [run('"stdin":{}'), "bad_request", "stdin"],
  [run('"stdin":{"text":1}'), "bad_request", "stdin"],
  [run('"stdin":{"stream":false}'), "bad_request", "stdin"],
  [run('"stdin":{"text":"","stream":true}'), "bad_request", "stdin"],
  [run('"timeout_ms":0'), "bad_request", "timeout_ms"],
  [run('"timeout_ms":-5'), "bad_request", "timeout_ms"],
  [run('"timeout_ms":1.5'), "bad_request", "timeout_ms"],
  [run('"timeout_ms":"5"'), "bad_request", "timeout_ms"],
  [run('"timeout_ms":1e999'), "bad_request", "timeout_ms"],
  [run(`"timeout_ms":${limits.timeout_ms.max + 1}`), "bad_request", "timeout_ms"],
  [run('"limits":[]'), "bad_request", "limits"],
  [run('"limits":{"grace_ms":1}'), "bad_request", "limits.grace_ms"],
  [run('"limits":{"hasOwnProperty":1}'), "bad_request", "limits.hasOwnProperty"],
  [run('"limits":{"processes":0}'), "bad_request", "limits.processes"],
  [run('"limits":{"cpu_percent":50}'), "bad_request", "limits.cpu_percent"],
  [run('"limits":{"memory_bytes":1e300}'), "bad_request", "limits.memory_bytes"],
  [run(`"limits":{"cpu_ms":${limits.cpu_ms.max + 1}}`), "bad_request", "limits.cpu_ms"],
  [run('"stream":1'), "bad_request", "stream"],
  [run('"usage":"yes"'), "bad_request", "usage"],
  [run('"keep":null'), "bad_request", "keep"],
  ['{"type":"put","path":"a"}', "bad_request", "bytes"],
  ['{"type":"put","bytes":1}', "bad_request", "path"],
  ['{"type":"put","path":"a","bytes":1,"mode":512}', "bad_request", "mode"],
  ['{"type":"put","path":"a","bytes":1,"mode":"644"}', "bad_request", "mode"],
  [`{"type":"put","path":"a","bytes":${limits.put_bytes + 1}}`, "too_large", "bytes"],
  ['{"type":"get"}', "bad_request", "path"],
  ['{"type":"get","path":7}', "bad_request", "path"],
  ['{"type":"get","path":""}', "bad_request", "path"],
  ['{"type":"get","path":"/etc/passwd"}', "forbidden_path", "path"],
  ['{"type":"get","path":".."}', "forbidden_path", "path"],
  ['{"type":"get","path":"a/../../b"}', "forbidden_path", "path"],
  ['{"type":"get","path":"./a"}', "forbidden_path", "path"],
  ['{"type":"get","path":"a//b"}', "forbidden_path", "path"],
  ['{"type":"get","path":"a/"}', "forbidden_path", "path"],
  ['{"type":"get","path":"a\\u0000b"}', "forbidden_path", "path"],
  ['{"type":"get","path":"\\ud83d"}', "forbidden_path", "path"],
  [`{"type":"get","path":"${"x".repeat(256)}"}`, "forbidden_path", "path"],
  [`{"type":"get","path":"${"é".repeat(128)}"}`, "forbidden_path", "path"],
  [`{"type":"get","path":"${"a/".repeat(512)}a"}`, "forbidden_path", "path"],
  ['{"type":"list","path":".."}', "forbidden_path", "path"],
  ['{"type":"stdin"}', "bad_request", undefined],
  ['{"type":"stdin","eof":false}', "bad_request", "eof"],
  ['{"type":"stdin","eof":true,"bytes":1}', "bad_request", undefined],
  ['{"type":"reset","time_ms":1}', "bad_request", undefined],
  [`{"type":"reset","seed":"${"0".repeat(64)}"}`, "bad_request", undefined],
  [`{"type":"reset","time_ms":1.5,"seed":"${"0".repeat(64)}"}`, "bad_request", "time_ms"],
  ['{"type":"reset","time_ms":1,"seed":"0f"}', "bad_request", "seed"],
  [`{"type":"reset","time_ms":1,"seed":"${"0F".repeat(32)}"}`, "bad_request", "seed"],
  [run('"entry":"a"'), "bad_request", undefined],
  ['{"type":"run","language":"sh","entry":"a","bytes":1}', "bad_request", undefined],
  ['{"type":"run","language":"sh","entry":"../a"}', "forbidden_path", "entry"],
  ['{"type":"run","language":"sh","entry":"/bin/sh"}', "forbidden_path", "entry"],
  ['{"type":"run","language":"sh","entry":""}', "bad_request", "entry"],
  [run('"cwd":"a/../.."'), "forbidden_path", "cwd"],
  [run('"cwd":"/tmp"'), "forbidden_path", "cwd"],
  [run('"profile":"programs"'), "bad_request", "profile"],
  [run('"profile":1'), "bad_request", "profile"],
  [run('"wait_ms":0'), "bad_request", "wait_ms"],
  [run('"wait_ms":86400001'), "bad_request", "wait_ms"],
  ['{"type":"mkdir"}', "bad_request", "path"],
  ['{"type":"mkdir","path":"."}', "forbidden_path", "path"],
  ['{"type":"mkdir","path":"a","mode":512}', "bad_request", "mode"],
  ['{"type":"link","path":"a"}', "bad_request", "target"],
  ['{"type":"link","path":"a","target":""}', "bad_request", "target"],
  ['{"type":"link","path":"a","target":"\\u0000"}', "bad_request", "target"],
  [`{"type":"link","path":"a","target":"${"x".repeat(4096)}"}`, "bad_request", "target"],
  ['{"type":"remove","path":".."}', "forbidden_path", "path"],
  ['{"type":"remove","path":"a","recursive":1}', "bad_request", "recursive"],
  ['{"type":"list","recursive":"yes"}', "bad_request", "recursive"],
  ['{"type":"list","cursor":""}', "bad_request", "cursor"],
  ['{"type":"list","cursor":"1.2"}', "bad_request", "cursor"],
  ['{"type":"list","cursor":"-1:"}', "bad_request", "cursor"],
  ['{"type":"signal"}', "bad_request", "signal"],
  ['{"type":"signal","signal":9}', "bad_request", "signal"],
  ['{"type":"signal","signal":"KILL"}', "bad_request", "signal"],
];

Deno.test(`parseRequest: refuses ${refused.length} malformed requests, each by its field`, () => {
  for (const [line, code, field] of refused) {
    const shown = line.slice(0, 80);
    assert.throws(() => parseRequest(JSON.parse(line), rules), (error) => {
      assert(error instanceof ProtocolError, shown);
      assert.deepEqual([error.code, error.field], [code, field], shown);
      assert(error.message.length < 400, shown);
      return true;
    }, shown);
  }
});

const accepted = [
  '{"type":"run","language":"sh","code":""}',
  '{"type":"run","language":"python","bytes":0,"id":"x"}',
  run(`"id":-1,"args":["",""],"env":{"_":"é"},"stdin":{"text":"\\u0000"},"timeout_ms":1,
    "limits":{"processes":1,"memory_bytes":${limits.memory_bytes.max}},"stream":true,"keep":false`),
  run('"stdin":{"stream":true},"limits":{}'),
  run(`"env":${names(64)}`),
  `{"type":"run","language":"sh","code":"${"é".repeat(limits.code_bytes / 2)}"}`,
  '{"type":"put","path":"a/..b/c","mode":493,"bytes":0}',
  `{"type":"put","path":"${"x".repeat(255)}","bytes":${limits.put_bytes}}`,
  '{"type":"get","path":"...","id":1}',
  '{"type":"list"}',
  '{"type":"list","path":"a b"}',
  '{"type":"list","path":"a","recursive":true,"cursor":"12.0:b"}',
  '{"type":"run","language":"sh","entry":"a/b","cwd":"."}',
  run('"cwd":"a/b","env":{"É":""}'),
  run('"env":{"npm_config_//registry/:x":"1","1A":"","a b":"","constructor":"x","prototype":""}'),
  '{"type":"run","language":"python","code":"","profile":"programs"}',
  '{"type":"mkdir","path":"a/b","mode":448}',
  '{"type":"link","path":"a/l","target":"../x"}',
  '{"type":"remove","path":"a","recursive":true}',
  '{"type":"stdin","bytes":0}',
  '{"type":"stdin","eof":true}',
  '{"type":"signal","signal":"SIGTERM"}',
  '{"type":"cancel"}',
  '{"type":"reset"}',
  `{"type":"reset","time_ms":1767225600000,"seed":"${"0f".repeat(32)}"}`,
  '{"type":"ping"}',
  '{"type":"info","id":9007199254740991}',
];

Deno.test("parseRequest: takes good requests as they are", () => {
  for (const line of accepted) {
    assert.deepEqual(parseRequest(JSON.parse(line), rules), JSON.parse(line));
  }
});

Deno.test("parseRequest: anything else is a ProtocolError, never another error", () => {
  const anything = fc.oneof(
    fc.jsonValue(),
    fc.record({ type: fc.constantFrom(...Object.keys(requestSchemas)) })
      .chain((base) =>
        fc.dictionary(
          fc.constantFrom(
            "id",
            "path",
            "bytes",
            "code",
            "language",
            "args",
            "env",
            "limits",
            "__proto__",
          ),
          fc.jsonValue(),
        ).map((fields) => ({ ...fields, ...base }))
      ),
  );
  fc.assert(fc.property(anything, (value) => {
    try {
      parseRequest(value, rules);
    } catch (error) {
      assert(error instanceof ProtocolError, String(error));
    }
  }));
});

Deno.test("parseRequest: an error is one short line whatever the field is called", () => {
  const value = { type: "ping", ["\n".repeat(50_000)]: 1 };
  assert.throws(() => parseRequest(value, rules), (error) => (error as Error).message.length < 200);
});

Deno.test("idOf: finds the id of a message that is wrong otherwise", () => {
  assert.equal(idOf({ type: 7, id: "a" }), "a");
  assert.equal(idOf({ id: 3 }), 3);
  for (const value of [null, 1, [], {}, { id: 1.5 }, { id: {} }, { id: "x".repeat(65) }]) {
    assert.equal(idOf(value), undefined);
  }
});

Deno.test("parseReply: takes what the agent may say, refuses the rest", () => {
  const result = {
    type: "result",
    id: 1,
    status: "exited",
    exit_code: 0,
    wall_ms: 1.25,
    cpu_user_ms: 0,
    cpu_system_ms: 0,
    memory_peak_bytes: 4096,
    memory_source: "rusage",
    stdout: { total: 3, dropped: 0, bytes: 3 },
    stderr: { total: 0, dropped: 0 },
    denied: [{ syscall: "socket", count: 2 }],
    survivors: 0,
    timing: { run_ms: 1 },
    bytes: 3,
  };
  assert.deepEqual(parseReply(result), result);
  for (
    const fields of [{ status: "well" }, { wall_ms: -1 }, { exit_code: 256 }, { more: 1 }, {
      stdout: 3,
    }]
  ) {
    assert.throws(() => parseReply({ ...result, ...fields }), ProtocolError);
  }
  for (const good of [{ type: "stdin", taken: 0 }, { type: "ack", stdin_window: 1 << 20 }]) {
    assert.deepEqual(parseReply(good), good);
  }
  for (
    const bad of [{ type: "stdin" }, { type: "stdin", taken: -1 }, { type: "stdin", bytes: 1 }]
  ) {
    assert.throws(() => parseReply(bad), ProtocolError);
  }
  assert.throws(() => parseReply({ type: "run", language: "sh", code: "" }), ProtocolError);
});
