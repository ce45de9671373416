// The body of a run's request: JSON, or multipart/form-data with a part `run` of JSON and a part for
// each file, whose name is the file's path.

import { brokenPathRule } from "../../protocol/path_rule.ts";
import { checked, refusal } from "./checked.ts";
import { bytesOf } from "./content.ts";
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
export async function parseRequest(contentType: string, body: Uint8Array): Promise<Asked> {
  const [media] = contentType.toLowerCase().split(";", 1);
  switch (media.trim()) {
    case "application/json":
      return asked(parseJson(body));
    case "multipart/form-data": {
      const { run, files } = await parseForm(contentType, body);
      return asked(parseJson(run), files);
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

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new Problem("bad_request", "Cannot accept the request: it is not JSON in UTF-8");
  }
}

/** Valibot accepts an array as an object. */
function refuseArrays(value: unknown): void {
  if (Array.isArray(value)) throw refusal("must be an object");
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

/** Most parts of a form. */
const MANY_PARTS = 65;

async function parseForm(contentType: string, body: Uint8Array) {
  let form: FormData;
  try {
    const headers = { "content-type": contentType };
    form = await new Response(body as Uint8Array<ArrayBuffer>, { headers }).formData();
  } catch {
    throw new Problem("bad_request", "Cannot accept the request: it is not multipart/form-data");
  }
  const parts = [...form];
  if (parts.length > MANY_PARTS) throw refusal(`must have at most ${MANY_PARTS} parts`);
  const bytes = async (part: FormDataEntryValue) =>
    typeof part === "string" ? new TextEncoder().encode(part) : await part.bytes();
  const runs = form.getAll("run");
  if (runs.length !== 1) throw refusal('must have one part "run" with the request as JSON');
  const files: InputFile[] = [];
  for (const [path, part] of parts) {
    if (path !== "run") files.push({ path, bytes: await bytes(part) });
  }
  return { run: await bytes(runs[0]), files };
}
