// Checks a value by a schema; what breaks a rule becomes a refusal that names field and rule.

import * as v from "valibot";
import { clip } from "../../protocol/protocol_error.ts";
import { Problem } from "./problem.ts";

/** @throws Problem "bad_request" */
export function checked<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
): v.InferOutput<Schema> {
  const { success, output, issues } = v.safeParse(schema, value, { abortEarly: true });
  if (success) return output;
  const [issue] = issues;
  const path = v.getDotPath(issue);
  throw refusal(ruleOf(issue), path === null ? undefined : path);
}

/** The refusal of a field, or of the whole request. */
export function refusal(rule: string, field?: string): Problem {
  const shown = field === undefined ? undefined : clip(field);
  const where = shown === undefined ? "the request" : `"${shown}"`;
  return new Problem("bad_request", `Cannot accept ${where}: it ${rule}`, { field: shown });
}

function ruleOf({ type, expected, received, message }: v.BaseIssue<unknown>): string {
  if (type === "strict_object" && expected === "never") return "is not a field of this request";
  return received === "undefined" ? "is missing" : message;
}
