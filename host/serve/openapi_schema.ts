// A valibot schema in the dialect of OpenAPI 3.1, which is JSON Schema 2020-12.

import { toJsonSchema } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";

/** A schema. */
export type OpenApiSchema = Readonly<Record<string, unknown>>;

/** Rules that are functions become words, but for "one of two fields". */
export function openApiSchema(schema: GenericSchema): OpenApiSchema {
  const { $schema: _, ...converted } = toJsonSchema(schema, {
    target: "draft-2020-12",
    overrideAction({ valibotAction, jsonSchema }) {
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

function withRule<Schema extends object>(schema: Schema, rule: string): Schema {
  if (/^must have one of "/.test(rule)) {
    const names = [...rule.matchAll(/"(\w+)"/g)].map(([, name]) => name);
    return { ...schema, oneOf: names.map((name) => ({ required: [name] })) };
  }
  const before = (schema as { description?: string }).description;
  return { ...schema, description: before === undefined ? rule : `${before}; ${rule}` };
}
