// Sends the examples of docs/protocol.md to a real agent line by line, and checks that every
// message has an example.
//
// A reply must have exactly the fields that are shown, unless "…" stands for some. Values must be
// equal, except those that differ between runs: times, memory, and values that depend on the
// machine.

import assert from "node:assert/strict";
import { replySchemas } from "../../protocol/replies.ts";
import { requestSchemas } from "../../protocol/requests.ts";
import { startAgent } from "../helpers/agent.ts";
import { file, testNeeding } from "../helpers/need.ts";
import { type Block, paper } from "../helpers/paper.ts";
import { type Message, Wire } from "../helpers/wire.ts";

const { blocks } = await paper("docs/protocol.md");
const examples = blocks.filter(({ language }) => language === "protocol");

/** Fields whose values differ between runs. */
const differing = /^(.*_ms|memory_.*|processes|cpu_.*|taken)$/;

/** Reads a message as shown, and whether fields are left out. */
function shownMessage(text: string): { message: Message; part: boolean } {
  const part = text.includes("…");
  const whole = text.replace(/:…,/g, ":0,").replace(/:…\}/g, ":0}").replace(/,…\}$/, "}");
  return { message: JSON.parse(whole), part };
}

function compare(shown: unknown, said: unknown, part: boolean, at: string): void {
  if (typeof shown !== "object" || shown === null) return assert.deepEqual(said, shown, at);
  assert.ok(typeof said === "object" && said !== null, at);
  const [wanted, found] = [shown, said] as Record<string, unknown>[];
  if (!part) assert.deepEqual(Object.keys(found).toSorted(), Object.keys(wanted).toSorted(), at);
  for (const [key, value] of Object.entries(wanted)) {
    if (!differing.test(key)) compare(value, found[key], part, `${at}.${key}`);
    else assert.equal(typeof found[key], typeof value, `${at}.${key}`);
  }
}

/** The bytes after a message: a JSON string, or a number of zeroes. */
function bytesOf(text: string): Uint8Array {
  const value = JSON.parse(text);
  return typeof value === "number" ? new Uint8Array(value) : new TextEncoder().encode(value);
}

async function send({ text, line }: Block, path: string): Promise<void> {
  using wire = await Wire.connect(path);
  const lines = text.split("\n");
  if (!lines[0].includes('"ready"')) assert.equal((await wire.message())?.type, "ready");
  let body = new Uint8Array(0);
  for (const [index, one] of lines.entries()) {
    const [, mark, rest] = /^(>>|<<|>|<) (.*)$/.exec(one)!;
    const at = `docs/protocol.md:${line + 1 + index}`;
    if (mark === ">") await wire.send(`${rest}\n`);
    if (mark === ">>") await wire.send(bytesOf(rest));
    if (mark === "<<") assert.deepEqual(body, bytesOf(rest), at);
    if (mark !== "<") continue;
    const { message, part } = shownMessage(rest);
    for (;;) {
      const said = await wire.delivery(10_000);
      assert.ok(said !== null, `${at}: the connection ended`);
      body = new Uint8Array(said.body);
      // Samples arrive at any time: more of them than shown are not an error.
      if (said.message.type === "usage" && message.type !== "usage") continue;
      if (rest.includes('"message":…')) said.message.message = 0;
      compare(message, said.message, part, `${at}: ${JSON.stringify(said.message)}`);
      break;
    }
  }
}

testNeeding([file("/usr/bin/python3")], "protocol paper: every example holds", async (t) => {
  await using agent = await startAgent();
  for (const example of examples) {
    await t.step(`line ${example.line}`, () => send(example, agent.path));
  }
});

Deno.test("protocol paper: every message has an example", () => {
  const types = (mark: string) =>
    new Set(
      examples.flatMap(({ text }) => text.split("\n")).filter((line) => line.startsWith(`${mark} `))
        .map((line) => shownMessage(line.slice(2)).message.type),
    );
  assert.deepEqual([...types(">")].filter((type) => !Object.hasOwn(requestSchemas, type)), [
    "fetch",
  ]);
  for (const type of Object.keys(requestSchemas)) assert.ok(types(">").has(type), `no "${type}"`);
  for (const type of Object.keys(replySchemas)) assert.ok(types("<").has(type), `no "${type}"`);
});
