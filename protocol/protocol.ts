// The wire protocol: the types of every message in both directions, and the function that turns
// parsed JSON into a request. parse_reply.ts has the other one.
//
// Agent and controller share this module, so their versions of the protocol cannot diverge. It
// knows no sockets and no policy: limits and languages are parameters, and framing.ts handles
// bytes.

import * as v from "valibot";
import { id as idSchema, type RequestId } from "./fields.ts";
import { parse, refuseArrays } from "./parse.ts";
import { brokenPathRule } from "./path_rule.ts";
import { clip, ProtocolError } from "./protocol_error.ts";
import {
  isVariableValue,
  type Request,
  type RequestLimit,
  requestLimits,
  requestSchemas,
  type RunRequest,
} from "./requests.ts";
import { fitsUtf8 } from "./utf8.ts";

export { type ErrorCode, errorCodes, ProtocolError } from "./protocol_error.ts";
export type { Output, RequestId } from "./fields.ts";
export type * from "./replies.ts";
export { protocolVersion } from "./version.ts";
export * from "./requests.ts";

/** The limits a request is checked against. The policy's `Limits` have this type. */
export type RequestBounds =
  & Readonly<Record<RequestLimit | "timeout_ms", { readonly max: number }>>
  & { readonly code_bytes: number; readonly put_bytes: number };

/** The parts of the policy that requests are checked against. */
export interface RequestRules {
  /** The policy's limits. Where a limit is a range, a request may set it up to `max`. */
  readonly limits: RequestBounds;
  /** The languages on offer, and for each the profiles that a request may name. */
  readonly languages: ReadonlyMap<string, readonly string[]>;
  /** Limits that cannot be enforced here. A request that sets one is refused. */
  readonly unenforced?: ReadonlySet<RequestLimit>;
}

/**
 * Checks one request of a client.
 *
 * @param value What JSON.parse gave.
 * @throws {ProtocolError} naming the field and the rule.
 */
export function parseRequest(value: unknown, rules: RequestRules): Request {
  refuseArrays(value, ["env", "limits"]);
  const request = parse(requestSchemas, value) as Request;
  switch (request.type) {
    case "run":
      checkRun(request, value as { env?: object }, rules);
      break;
    case "put":
      checkPath(request.path);
      checkSize("bytes", request.bytes, rules.limits.put_bytes);
      break;
    case "get":
    case "mkdir":
    case "link":
    case "remove":
      checkPath(request.path);
      break;
    case "list":
      if (request.path !== undefined) checkPath(request.path);
      break;
  }
  return request;
}

/** The id of a message that may otherwise be invalid, so that the error can carry it. */
export function idOf(value: unknown): RequestId | undefined {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, "id")) return undefined;
  const id = (value as { id: unknown }).id;
  return v.is(idSchema, id) ? id : undefined;
}

function checkRun(run: RunRequest, raw: { env?: object }, rules: RequestRules) {
  const { limits, languages } = rules;
  const profiles = languages.get(run.language);
  if (profiles === undefined) {
    const known = [...languages.keys()].map((name) => `"${name}"`).join(", ");
    throw new ProtocolError("unknown_language", `must be one of ${known}`, "language");
  }
  if (run.profile !== undefined && !profiles.includes(run.profile)) {
    const known = profiles.map((name) => `"${name}"`).join(", ");
    throw new ProtocolError("bad_request", `must be one of ${known}`, "profile");
  }
  checkPaths(run);
  if (run.bytes !== undefined) checkSize("bytes", run.bytes, limits.code_bytes);
  if (run.code !== undefined && !fitsUtf8(run.code, limits.code_bytes)) {
    throw new ProtocolError("too_large", `must be at most ${limits.code_bytes} bytes`, "code");
  }
  if (run.timeout_ms !== undefined) checkRange("timeout_ms", run.timeout_ms, limits.timeout_ms.max);
  if (run.limits !== undefined) {
    for (const name of requestLimits) {
      const value = run.limits[name];
      if (value === undefined) continue;
      checkRange(`limits.${name}`, value, limits[name].max);
      if (rules.unenforced?.has(name)) {
        throw new ProtocolError("bad_request", "cannot be enforced here", `limits.${name}`);
      }
    }
  }
  if (run.env !== undefined) run.env = wholeEnvironment(run.env, raw.env!);
}

/** Valibot leaves "__proto__", "prototype" and "constructor" out of a record without a word. */
function wholeEnvironment(checked: Record<string, string>, raw: object): Record<string, string> {
  const entries = Object.entries(raw);
  if (entries.length === Object.keys(checked).length) return checked;
  for (const [name, value] of entries) {
    if (!Object.hasOwn(checked, name) && !isVariableValue(value)) {
      throw new ProtocolError("bad_request", "must be a string without NUL", `env.${clip(name)}`);
    }
  }
  return Object.fromEntries(entries);
}

function checkPaths({ entry, cwd }: RunRequest) {
  if (entry !== undefined) checkPath(entry, "entry");
  if (cwd !== undefined && cwd !== ".") checkPath(cwd, "cwd");
}

function checkRange(field: string, value: number, max: number) {
  if (value > max) {
    throw new ProtocolError("bad_request", `must be an integer from 1 to ${max}`, field);
  }
}

function checkSize(field: string, value: number, max: number) {
  if (value > max) throw new ProtocolError("too_large", `must be at most ${max}`, field);
}

function checkPath(path: string, field = "path") {
  const rule = brokenPathRule(path);
  if (rule !== null) throw new ProtocolError("forbidden_path", rule, field);
}
