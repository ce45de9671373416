// What no list of messages can show: that anything at all is taken or refused in order. The lists are
// in vectors/.

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { policy } from "../policy/generated/policy.ts";
import { parseReply } from "./parse_reply.ts";
import { idOf, parseRequest, type RequestRules, requestSchemas } from "./protocol.ts";
import { ProtocolError } from "./protocol_error.ts";

const rules: RequestRules = {
  limits: policy.limits,
  languages: new Map([["python", ["strict", "programs"]], ["sh", ["strict"]]]),
  unenforced: new Set(["cpu_percent"]),
};

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
