// The JSON Schema that editors use for policy.jsonc, made from the schema that validates it.

import { toJsonSchema } from "@valibot/to-json-schema";
import { policySchema } from "./schema.ts";

/** policy.schema.json */
export function schemaFile(): string {
  // Checks between two values and defaults have no counterpart in JSON Schema.
  const schema = toJsonSchema(policySchema, { errorMode: "ignore", typeMode: "input" });
  return `${JSON.stringify(schema, null, 2)}\n`;
}
