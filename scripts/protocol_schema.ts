// Publishes the message schemas as JSON Schema: protocol/protocol.schema.json.
//
// The file is for people who write a client in another language. It is generated and never edited.
// With `--check` nothing is written, and a difference is an error.

import type { GenericSchema } from "valibot";
import { replySchemas } from "../protocol/replies.ts";
import { requestSchemas } from "../protocol/requests.ts";
import { jsonSchema } from "./tools/json_schema.ts";

/** Path of the schema. */
const file = new URL("../protocol/protocol.schema.json", import.meta.url);

/** The text of the published schema. */
export function protocolSchema(): string {
  const schema = {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Sallyport wire protocol, version 1",
    description:
      "One message is one line of JSON. A message with a field `bytes` is followed by that " +
      "many raw bytes. Limits and languages come from the agent's policy; see its `info`.",
    oneOf: [{ $ref: "#/definitions/request" }, { $ref: "#/definitions/reply" }],
    definitions: {
      request: { description: "What a client sends", oneOf: references("request", requestSchemas) },
      reply: { description: "What the agent sends", oneOf: references("reply", replySchemas) },
      ...messages("request", requestSchemas),
      ...messages("reply", replySchemas),
    },
  };
  return JSON.stringify(schema, null, 2) + "\n";
}

type Schemas = Readonly<Record<string, GenericSchema>>;

function references(side: string, schemas: Schemas): unknown[] {
  return Object.keys(schemas).map((type) => ({ $ref: `#/definitions/${side}_${type}` }));
}

function messages(side: string, schemas: Schemas): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(schemas).map(([type, schema]) => [`${side}_${type}`, message(schema)]),
  );
}

const message = (schema: GenericSchema) =>
  jsonSchema(schema, { target: "draft-07", rules: "$comment" });

if (import.meta.main) {
  const text = protocolSchema();
  if (!Deno.args.includes("--check")) {
    Deno.writeTextFileSync(file, text);
  } else if (text !== readOrEmpty()) {
    console.error(
      "protocol/protocol.schema.json is not what the schemas say: run `deno task protocol`",
    );
    Deno.exit(1);
  }
}

function readOrEmpty(): string {
  try {
    return Deno.readTextFileSync(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
