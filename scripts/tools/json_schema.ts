// A valibot schema as JSON Schema, for people who write a client in another language.

import { toJsonSchema } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";

/** A schema. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** How to convert. */
export interface JsonSchemaOptions {
  readonly target: "draft-07" | "draft-2020-12";
  /** The keyword for rules that JSON Schema has no words for. */
  readonly rules: "$comment" | "description";
}

/** Converts it. Rules that are functions are told in words, but for "one of two fields". */
export function jsonSchema(
  schema: GenericSchema,
  { target, rules }: JsonSchemaOptions,
): JsonSchema {
  const { $schema: _, ...converted } = toJsonSchema(schema, {
    target,
    overrideAction({ valibotAction, jsonSchema }) {
      switch (valibotAction.type) {
        case "check":
          return withRule(jsonSchema, ruleOf(valibotAction), rules);
        case "safe_integer":
          return { ...jsonSchema, type: "integer" };
        case "finite":
          return jsonSchema;
      }
    },
  });
  return converted;
}

/** Every check of this project has its rule for its message. */
function ruleOf(action: object): string {
  return (action as { readonly message: string }).message;
}

function withRule<Schema extends object>(
  schema: Schema,
  rule: string,
  keyword: JsonSchemaOptions["rules"],
): Schema {
  if (/^must have (either|one of) "/.test(rule)) {
    const names = [...rule.matchAll(/"(\w+)"/g)].map(([, name]) => name);
    return { ...schema, oneOf: names.map((name) => ({ required: [name] })) };
  }
  const before = (schema as JsonSchema)[keyword];
  return { ...schema, [keyword]: before === undefined ? rule : `${before}; ${rule}` };
}
