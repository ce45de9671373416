// A refusal as HTTP has it: a status, and application/problem+json (RFC 9457) with the reason.

import * as v from "valibot";
import { closed, integer, text } from "../../protocol/fields.ts";
import { errorCodes } from "../../protocol/protocol_error.ts";
import type { Began } from "../pool/pool_error.ts";
import type { Answer } from "./answer.ts";

/** Reasons that are the service's or the pool's, with their status. The agent's are beside it. */
const statuses = {
  bad_request: 400,
  unknown_language: 400,
  not_found: 400,
  forbidden_path: 400,
  no_space: 400,
  unauthorized: 401,
  from_web_page: 403,
  over_limit: 403,
  not_operator: 403,
  no_route: 404,
  no_run: 404,
  wrong_method: 405,
  slow_request: 408,
  same_id: 409,
  cancelled: 409,
  too_large: 413,
  wrong_type: 415,
  too_many: 429,
  internal: 502,
  lost: 502,
  busy: 503,
  full: 503,
  deadline: 503,
  draining: 503,
  closed: 503,
  no_machine: 503,
  not_ready: 503,
  broken: 500,
} as const;

/** Why something was refused. */
export type ProblemCode = keyof typeof statuses;

/** Every reason. Those of the agent must be among them. */
export const problemCodes = Object.keys(statuses) as ProblemCode[];
errorCodes satisfies readonly ProblemCode[];

/** The status that goes with a reason. */
export function statusOf(code: ProblemCode): number {
  return statuses[code];
}

/** The schema of a refusal. */
export const problemSchema = closed({
  title: text,
  status: integer(400, 599),
  detail: text,
  code: v.picklist(problemCodes),
  // The field of the request that broke a rule, with dots between levels.
  field: v.optional(text),
  // Whether the program ran; "perhaps" where it was sent and nothing was heard of it.
  began: v.picklist(["no", "perhaps", "yes"] satisfies Began[]),
});

/** What else a refusal says. */
export interface ProblemDetails {
  readonly field?: string;
  readonly began?: Began;
  /** Seconds until another try makes sense. */
  readonly retryAfter?: number;
  /** The methods that an address has. */
  readonly allow?: string;
  readonly cause?: unknown;
}

/** A refusal. */
export class Problem extends Error {
  override readonly name = "Problem";

  constructor(readonly code: ProblemCode, detail: string, readonly details: ProblemDetails = {}) {
    super(detail, { cause: details.cause });
  }

  get status(): number {
    return statuses[this.code];
  }

  /** As JSON. */
  get body(): v.InferOutput<typeof problemSchema> {
    const { field, began = "no" } = this.details;
    const title = this.code.replaceAll("_", " ");
    const place = field === undefined ? {} : { field };
    return { title, status: this.status, detail: this.message, code: this.code, ...place, began };
  }

  answer(): Answer {
    const { retryAfter, allow } = this.details;
    const headers = {
      "content-type": "application/problem+json",
      ...retryAfter === undefined ? {} : { "retry-after": String(Math.ceil(retryAfter)) },
      ...allow === undefined ? {} : { allow },
      ...this.status === 401 ? { "www-authenticate": 'Bearer realm="sallyport"' } : {},
    };
    return { status: this.status, headers, body: JSON.stringify(this.body) };
  }
}
