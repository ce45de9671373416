// Publishes the message schemas as JSON Schema: protocol/protocol.schema.json.
//
// The file is for people who write a client in another language. It is generated and never edited.
// With `--check` nothing is written, and a difference is an error.

import { toJsonSchema } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";
import { replySchemas } from "../protocol/replies.ts";
import { requestSchemas } from "../protocol/requests.ts";

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

function message(schema: GenericSchema): unknown {
  const { $schema: _, ...converted } = toJsonSchema(schema, {
    overrideAction: ({ valibotAction, jsonSchema }) => {
      switch (valibotAction.type) {
        case "check":
          return withRule(jsonSchema, (valibotAction as unknown as { message: string }).message);
        case "safe_integer":
          return { ...jsonSchema, type: "integer" };
        case "finite":
          return jsonSchema;
      }
    },
  });
  return converted;
}

/**
 * Adds a rule that is a function in the schema. JSON Schema cannot express most of them, so they
 * are added in words.
 */
function withRule<Schema extends object>(schema: Schema, rule: string): Schema {
  const before = (schema as { $comment?: string }).$comment;
  if (/^must have (either|one of) "/.test(rule)) {
    const names = [...rule.matchAll(/"(\w+)"/g)].map(([, name]) => name);
    return { ...schema, oneOf: names.map((name) => ({ required: [name] })) };
  }
  return { ...schema, $comment: before === undefined ? rule : `${before}; ${rule}` };
}

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
