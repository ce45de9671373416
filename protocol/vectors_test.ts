// The protocol's test vectors hold for the agent's parser, for the framing, and for what a client
// takes.

import assert from "node:assert/strict";
import { type Frame, Framing } from "./framing.ts";
import { parseReply } from "./parse_reply.ts";
import { parseRequest, type RequestRules } from "./protocol.ts";
import { ProtocolError } from "./protocol_error.ts";
import { bytesOf, type Parts, textOf, vectorsOf } from "./testing/vectors.ts";

interface Line {
  readonly name: string;
  readonly line: Parts;
  readonly error?: { readonly code: string; readonly field?: string };
}
interface Reply {
  readonly name: string;
  readonly message: unknown;
  readonly field?: string;
}
interface Stream {
  readonly name: string;
  readonly input: Parts;
  readonly frames: readonly {
    readonly message?: unknown;
    readonly bytes?: number;
    readonly body?: Parts;
    readonly error?: string;
    readonly field?: string;
    readonly fatal?: boolean;
  }[];
  readonly boundary?: boolean;
}

const requests = vectorsOf("requests") as { good: Line[]; bad: Line[]; rules: never };
const replies = vectorsOf("replies") as { good: Reply[]; bad: Reply[] };
const framing = vectorsOf("framing") as { vectors: Stream[]; limits: never };

const given = requests.rules as {
  limits: RequestRules["limits"];
  languages: Record<string, string[]>;
  unenforced: ["cpu_percent"];
};
const rules: RequestRules = {
  limits: given.limits,
  languages: new Map(Object.entries(given.languages)),
  unenforced: new Set(given.unenforced),
};

/** The code and field of the error that `act` throws, which must be short. */
function refusal(act: () => unknown, name: string): { code: string; field?: string } {
  try {
    act();
  } catch (error) {
    assert(error instanceof ProtocolError, `${name}: ${error}`);
    assert(error.message.length < 400, name);
    return { code: error.code, ...(error.field === undefined ? {} : { field: error.field }) };
  }
  throw new Error(`Vector was taken: ${name}`);
}

Deno.test(`vectors: ${requests.good.length} requests are taken as they are`, () => {
  for (const { name, line } of requests.good) {
    const value = JSON.parse(textOf(line));
    assert.deepEqual(parseRequest(structuredClone(value), rules), value, name);
  }
});

Deno.test(`vectors: ${requests.bad.length} requests are refused, each by its field`, () => {
  for (const { name, line, error } of requests.bad) {
    const value = JSON.parse(textOf(line));
    assert.deepEqual(refusal(() => parseRequest(value, rules), name), error, name);
  }
});

Deno.test(`vectors: ${replies.good.length} replies are taken, ${replies.bad.length} are not`, () => {
  for (const { name, message } of replies.good) {
    assert.deepEqual(parseReply(structuredClone(message)), message, name);
  }
  for (const { name, message, field } of replies.bad) {
    assert.equal(refusal(() => parseReply(message), name).field, field, name);
  }
});

/** What a reader makes of these pieces: each message, each whole body, each error. */
function framesOf(pieces: readonly Uint8Array[], boundary: boolean, name: string): unknown[] {
  const reader = new Framing(framing.limits);
  const frames: unknown[] = [];
  let body: number[] = [];
  const take = (frame: Frame) => {
    if (frame.kind === "message") frames.push({ message: frame.value, bytes: frame.bytes });
    if (frame.kind === "body") {
      body.push(...frame.chunk);
      if (frame.remaining === 0) frames.push({ body: Uint8Array.from(body).toHex() });
      if (frame.remaining === 0) body = [];
    }
    if (frame.kind !== "error") return;
    const { code, field } = frame.error;
    frames.push({ error: code, ...(field === undefined ? {} : { field }), fatal: frame.fatal });
  };
  for (const piece of pieces) {
    reader.feed(piece);
    for (let frame = reader.next(); frame !== null; frame = reader.next()) take(frame);
  }
  if (body.length > 0) frames.push({ body: Uint8Array.from(body).toHex() });
  assert.equal(reader.atBoundary, boundary, name);
  return frames;
}

Deno.test(`vectors: ${framing.vectors.length} streams, cut at every byte, give their frames`, () => {
  for (const { name, input, frames, boundary = true } of framing.vectors) {
    const bytes = bytesOf(input);
    const wanted = frames.map((frame) =>
      frame.body === undefined ? frame : { body: bytesOf(frame.body).toHex() }
    );
    for (let cut = 0; cut <= bytes.length; cut++) {
      const pieces = [bytes.slice(0, cut), bytes.slice(cut)];
      assert.deepEqual(framesOf(pieces, boundary, name), wanted, `${name}, cut at ${cut}`);
    }
    const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
    assert.deepEqual(framesOf(single, boundary, name), wanted, `${name}, byte by byte`);
  }
});

Deno.test("vectors: conversations are made of messages that the agent takes and may say", () => {
  interface Step {
    readonly sends?: unknown;
    readonly answers?: unknown;
  }
  interface Conversation {
    readonly name: string;
    readonly steps: readonly Step[];
    readonly calls: readonly { readonly fails?: { readonly kind: string } }[];
  }
  const { vectors } = vectorsOf("conversations") as { vectors: Conversation[] };
  for (const { name, steps, calls } of vectors) {
    const isRefused = calls.some(({ fails }) => fails?.kind === "request");
    for (const { sends, answers } of steps) {
      if (sends !== undefined && !isRefused) parseRequest(sends, rules);
      if (answers !== undefined && !/^(broken|connect):/.test(name)) parseReply(answers);
    }
  }
});

Deno.test("vectors: each has a name of its own", () => {
  const all = [requests.good, requests.bad, replies.good, replies.bad, framing.vectors];
  for (const list of all) {
    const names = list.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length, `${names}`);
  }
});
