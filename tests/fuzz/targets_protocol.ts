// What parses bytes of the other side of a connection: of a client, of an agent, of a caller over HTTP.

import assert from "node:assert/strict";
import { parseRequest as parseBody } from "../../host/serve/parse_request.ts";
import { Problem } from "../../host/serve/problem.ts";
import { policy } from "../../policy/generated/policy.ts";
import { encodeMessage } from "../../protocol/encoding.ts";
import { Framing } from "../../protocol/framing.ts";
import { parseLine } from "../../protocol/json_line.ts";
import { parseReply } from "../../protocol/parse_reply.ts";
import { brokenPathRule } from "../../protocol/path_rule.ts";
import { parseRequest, replySchemasOf, requestSchemas } from "./schemas.ts";
import { ProtocolError } from "../../protocol/protocol_error.ts";
import { expecting } from "./expecting.ts";
import type { Target } from "./fuzz.ts";

const limits = { lineBytes: 300, bodyBytes: 500 };
const words = ['{"type":"', '"bytes":', '"id":', "\n", '"}\n', "{}", "[", '\\"', "\\u0000", "é"];
const fieldWords = [...new Set(JSON.stringify([requestSchemas, replySchemasOf]).match(/"\w+"/g)!)];

/** The frames of a stream, as text; pieces of one body are joined. */
function framesOf(pieces: Uint8Array[]): string[] {
  const framing = new Framing(limits);
  const frames: string[] = [];
  let body = 0;
  for (const piece of pieces) {
    framing.feed(piece);
    for (let frame = framing.next(); frame !== null; frame = framing.next()) {
      if (frame.kind === "message") frames.push(JSON.stringify(frame.value));
      else if (frame.kind === "error") frames.push(`${frame.error.rule} ${frame.fatal}`);
      else {
        body += frame.chunk.length;
        if (frame.remaining > 0) continue;
        frames.push(`body of ${body}`);
        body = 0;
      }
    }
  }
  return [...frames, `${framing.atBoundary} ${framing.dead}`];
}

/** As it is written and read again; JSON has no minus zero to keep. */
const written = (message: object) => JSON.parse(JSON.stringify(message));

const rules = {
  limits: policy.limits,
  languages: new Map([["python", ["strict", "programs"]], ["sh", ["strict"]]]),
  unenforced: new Set(["cpu_percent"] as const),
};

/** Each of them. */
export const protocolTargets: readonly Target[] = [
  {
    name: "framing",
    seeds: [
      '{"type":"put","path":"a","bytes":3}\nabc{"type":"ping"}\n',
      '[]\nnonsense\n{"bytes":-1}\n',
    ],
    words,
    run(bytes) {
      const whole = framesOf([bytes]);
      assert.deepEqual(framesOf(Array.from(bytes, (byte) => Uint8Array.of(byte))), whole);
      const half = bytes.length >> 1;
      assert.deepEqual(framesOf([bytes.subarray(0, half), bytes.subarray(half)]), whole);
    },
  },
  {
    name: "line",
    seeds: ['{"a":"\\"[","b":[{"c":1e3}]}', "[[[[[[[[[[[[[[[[[]"],
    words,
    run(bytes) {
      if (bytes.includes(10)) return;
      const value = expecting(ProtocolError, () => parseLine(bytes));
      if (value === undefined) return;
      // The runtime's own parser agrees, and what is encoded is read as the same again.
      assert.deepEqual(
        JSON.parse(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)),
        value,
      );
      const line = encodeMessage(value as { type: string });
      assert.deepEqual(parseLine(line.subarray(0, -1)), JSON.parse(JSON.stringify(value)));
    },
  },
  {
    name: "request",
    seeds: [
      '{"type":"run","id":1,"language":"python","code":"","args":["a"],"env":{"A":"b"},"limits":{"cpu_ms":5},"stdin":{"text":""}}',
      '{"type":"put","path":"a/b","mode":420,"bytes":3}',
      '{"type":"list","path":"a","recursive":true,"cursor":"1.2:a"}',
      '{"type":"reset","time_ms":1,"seed":"' + "0".repeat(64) + '"}',
    ],
    words: [...words, ...fieldWords],
    run(bytes) {
      const value = expecting(ProtocolError, () => parseLine(bytes));
      if (value === undefined) return;
      const request = expecting(ProtocolError, () => parseRequest(value, rules));
      if (request === undefined) return;
      assert.deepEqual(written(parseRequest(written(request), rules)), written(request));
      for (const name of ["path", "entry"] as const) {
        const path: string | undefined = (request as { path?: string; entry?: string })[name];
        if (path === undefined) continue;
        assert.equal(brokenPathRule(path), null);
        assert.ok(!path.split("/").includes("..") && !path.startsWith("/"));
      }
    },
  },
  {
    name: "reply",
    seeds: [
      '{"type":"ack","id":"x","stdin_window":1}',
      '{"type":"files","entries":[{"name":"a","kind":"file","size":1,"mode":420}],"cursor":"1:"}',
      '{"type":"error","code":"busy","message":"m","field":"f"}',
    ],
    words: [...words, ...fieldWords],
    run(bytes) {
      const value = expecting(ProtocolError, () => parseLine(bytes));
      if (value === undefined) return;
      const reply = expecting(ProtocolError, () => parseReply(value));
      if (reply !== undefined) {
        assert.deepEqual(written(parseReply(written(reply))), written(reply));
      }
    },
  },
  {
    name: "body",
    seeds: ['{"language":"python","code":"1","files":[{"path":"a","content":"x"}],"get":["b"]}'],
    words: [...words, '"files":', '"get":', '"content":', '"base64"', ...fieldWords],
    async run(bytes) {
      for (const type of ["application/json", "multipart/form-data; boundary=x"]) {
        try {
          await parseBody(type, bytes);
        } catch (error) {
          if (!(error instanceof Problem)) throw error;
        }
      }
    },
  },
];
