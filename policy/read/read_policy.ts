// From the text of policy.jsonc to a policy of the right shape.
//
// valibot says what is wrong in its own words; here its findings become sentences with a place in
// the file and a way out.

import * as v from "valibot";
import { type Path, readJsonc, type Source } from "./jsonc.ts";
import { Problems } from "./problem.ts";
import { reportRenamed } from "./renamed.ts";
import { type PolicyFile, policySchema } from "./schema.ts";

/** A policy with the positions of everything in it. */
export interface ReadPolicy {
  readonly policy: PolicyFile;
  readonly source: Source;
}

/**
 * Reads and validates the text.
 *
 * @throws PolicyError with all faults of the first stage that found any
 */
export function readPolicy(text: string): ReadPolicy {
  const source = readJsonc(text);
  const old = new Problems();
  reportRenamed(source, old);
  old.throwIfAny();
  const result = v.safeParse(policySchema, source.value);
  if (result.success) return { policy: result.output, source };
  const problems = new Problems();
  for (const issue of result.issues) report(issue, source, problems);
  problems.throwIfAny();
  throw new Error("Cannot validate the policy: valibot failed without an issue");
}

function report(issue: v.BaseIssue<unknown>, source: Source, problems: Problems): void {
  const path = (issue.path ?? []).map((item) => item.key as string | number);
  problems.add(source.at(path), sentence(issue, path));
}

function sentence(issue: v.BaseIssue<unknown>, path: Path): string {
  const key = String(path.at(-1) ?? "policy");
  if (issue.kind === "schema" && issue.type === "strict_object" && issue.expected === "never") {
    return `Cannot use the unknown key "${key}": remove it or correct its spelling`;
  }
  if (issue.kind === "schema" && issue.received === "undefined") {
    return `Cannot do without the key "${key}": add it`;
  }
  if (issue.message.startsWith("Cannot")) return issue.message;
  if (issue.type === "regex") {
    return `Cannot use ${issue.received} for "${label(path)}": it must match ${issue.expected}`;
  }
  const expected = issue.expected ?? issue.message;
  return `Cannot use ${issue.received} for "${label(path)}": expected ${expected}`;
}

/** The last key of the path that is a word. */
function label(path: Path): string {
  return String(path.findLast((part) => typeof part === "string") ?? "policy");
}
