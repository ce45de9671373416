// Turns parsed JSON into a message of one of several schemas, or says which field breaks which rule.

import * as v from "valibot";
import { clip, ProtocolError } from "./protocol_error.ts";

/**
 * The message of the schema that `value.type` names.
 *
 * @throws {ProtocolError} naming the field and the rule.
 */
export function parse(schemas: Readonly<Record<string, v.GenericSchema>>, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ProtocolError("bad_request", "must be an object");
  }
  const type = Object.hasOwn(value, "type") ? (value as { type: unknown }).type : undefined;
  if (type === undefined) throw new ProtocolError("bad_request", "is missing", "type");
  if (typeof type !== "string" || !Object.hasOwn(schemas, type)) {
    const known = Object.keys(schemas).map((name) => `"${name}"`).join(", ");
    throw new ProtocolError("bad_request", `must be one of ${known}`, "type");
  }
  const parsed = v.safeParse(schemas[type], value, { abortEarly: true });
  if (!parsed.success) throw brokenRule(parsed.issues[0], type);
  return parsed.output;
}

function brokenRule(issue: v.BaseIssue<unknown>, type: string): ProtocolError {
  const field = v.getDotPath(issue);
  const shown = field === null ? undefined : clip(field);
  if (issue.type === "strict_object" && issue.expected === "never") {
    return new ProtocolError("bad_request", `is not a field of "${type}"`, shown);
  }
  if (issue.received === "undefined") return new ProtocolError("bad_request", "is missing", shown);
  return new ProtocolError("bad_request", issue.message, shown);
}

/** Valibot accepts an array as an object. It matters where no field of the object is required. */
export function refuseArrays(value: unknown, fields: readonly string[]) {
  for (const field of fields) {
    if (Array.isArray((value as Record<string, unknown> | null)?.[field])) {
      throw new ProtocolError("bad_request", "must be an object", field);
    }
  }
}
