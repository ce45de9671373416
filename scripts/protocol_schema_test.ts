// The published JSON Schema has every message and agrees with the message schemas.

import assert from "node:assert/strict";
import { replySchemas } from "../protocol/replies.ts";
import { requestSchemas } from "../protocol/requests.ts";
import { protocolSchema } from "./protocol_schema.ts";

Deno.test("protocolSchema: has every message both ways, closed to unknown fields", () => {
  const { definitions } = JSON.parse(protocolSchema());
  for (const [side, schemas] of Object.entries({ request: requestSchemas, reply: replySchemas })) {
    assert.equal(definitions[side].oneOf.length, Object.keys(schemas).length);
    for (const type of Object.keys(schemas)) {
      const message = definitions[`${side}_${type}`];
      assert.equal(message.properties.type.const, type);
      assert.equal(message.additionalProperties, false);
    }
  }
});

Deno.test("protocolSchema: rules between fields and rules in words are not lost", () => {
  const { definitions } = JSON.parse(protocolSchema());
  const either = (...names: string[]) => names.map((name) => ({ required: [name] }));
  assert.deepEqual(definitions.request_run.oneOf, either("code", "bytes", "entry"));
  assert.deepEqual(definitions.request_stdin.oneOf, either("bytes", "eof"));
  assert.match(definitions.request_run.properties.args.items.$comment, /NUL.*4096 bytes/);
});

Deno.test("protocolSchema: is what lies in the file", () => {
  const file = new URL("../protocol/protocol.schema.json", import.meta.url);
  assert.equal(Deno.readTextFileSync(file), protocolSchema(), "run `deno task protocol`");
});
