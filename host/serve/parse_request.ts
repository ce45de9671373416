// The body of a run's request: JSON, or multipart/form-data with a part `run` of JSON and a part for
// each file, whose name is the file's path.

import { parseLine } from "../../protocol/json_line.ts";
import { brokenPathRule } from "../../protocol/path_rule.ts";
import { ProtocolError } from "../../protocol/protocol_error.ts";
import { checked, refusal } from "./checked.ts";
import { bytesOf } from "./content.ts";
import { parseForm } from "./parse_form.ts";
import { Problem } from "./problem.ts";
import { type RunRequest, runRequest } from "./run_schema.ts";

/** A file to put before the run. */
export interface InputFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly mode?: number;
}

/** What was asked for, with the files of both forms. */
export interface Asked {
  readonly request: Omit<RunRequest, "files">;
  readonly files: readonly InputFile[];
}

/** @throws Problem "bad_request", "wrong_type", "forbidden_path" */
export function parseRequest(contentType: string, body: Uint8Array): Asked {
  const [media] = contentType.toLowerCase().split(";", 1);
  switch (media.trim()) {
    case "application/json":
      return asked(parseJson(body));
    case "multipart/form-data": {
      const parts = parseForm(contentType, body);
      const run = parts.find(({ name }) => name === "run");
      if (run === undefined) throw refusal('must have a part "run" with the request as JSON');
      const files = parts.filter((part) => part !== run);
      return asked(parseJson(run.bytes), files.map(({ name: path, bytes }) => ({ path, bytes })));
    }
    default:
      throw new Problem("wrong_type", "Send application/json or multipart/form-data");
  }
}

function asked(value: unknown, parts: readonly InputFile[] = []): Asked {
  refuseArrays(value);
  const { files = [], ...request } = checked(runRequest, value);
  const all = [
    ...files.map(({ path, content, mode }) => ({ path, bytes: bytesOf(content), mode })),
    ...parts,
  ];
  all.forEach(({ path }, at) => checkPath(path, `files.${at}.path`));
  request.get?.forEach((path, at) => checkPath(path, `get.${at}`));
  // Valibot leaves "__proto__" and its like out of a record. The agent checks all again.
  const env = (value as { env?: Record<string, string> }).env;
  return { request: env === undefined ? request : { ...request, env }, files: all };
}

/**
 * Most commas outside strings, which bound the values: a request with all arguments, variables and
 * files that it may have takes far less, and millions of values take seconds to parse.
 */
const MANY_COMMAS = 10_000;

function parseJson(bytes: Uint8Array): unknown {
  try {
    return parseLine(bytes, MANY_COMMAS);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw refusal(error.rule.replace("one line of JSON", "JSON"));
  }
}

/** Valibot accepts an array as an object. */
function refuseArrays(value: unknown): void {
  for (const field of ["env", "limits"]) {
    const inner = (value as Record<string, unknown> | null)?.[field];
    if (Array.isArray(inner)) throw refusal("must be an object", field);
  }
}

function checkPath(path: string, field: string): void {
  const rule = brokenPathRule(path);
  if (rule === null) return;
  throw new Problem("forbidden_path", `Cannot accept "${field}": it ${rule}`, { field });
}
