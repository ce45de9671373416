// The service in OpenAPI 3.1, from the schemas that check its requests.

import type { GenericSchema } from "valibot";
import { type JsonSchema, jsonSchema } from "../../scripts/tools/json_schema.ts";
import { languagesAnswer, machinesAnswer } from "./answer_schemas.ts";
import { problemCodes, problemSchema, statusOf } from "./problem.ts";
import { runRequest, runResult } from "./run_schema.ts";

/** In the dialect of OpenAPI 3.1, which is JSON Schema 2020-12. */
const openApiSchema = (schema: GenericSchema) =>
  jsonSchema(schema, { target: "draft-2020-12", rules: "description" });

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const json = (name: string) => ({ "application/json": { schema: ref(name) } });
const text = { "text/plain": { schema: { type: "string" } } };

/** A refusal's answer, with the codes that it can have. */
function refusal(status: number): object {
  const codes = problemCodes.filter((code) => statusOf(code) === status);
  return {
    description: `Refused: ${codes.join(", ")}`,
    content: { "application/problem+json": { schema: ref("Problem") } },
  };
}

const refusals = (...statuses: number[]) =>
  Object.fromEntries(statuses.map((status) => [String(status), refusal(status)]));

const bearer = [{ token: [] }];

const runs = {
  post: {
    operationId: "run",
    summary: "Run a program and wait for its end",
    description: "Closing the connection cancels it. Parts of a form other than `run` are files " +
      "whose name is the path. With `Accept: text/event-stream` the answer is a stream of the " +
      "events `queued`, `began`, `stdout`, `stderr`, and last `result` or `error`.",
    security: bearer,
    requestBody: {
      required: true,
      content: {
        ...json("RunRequest"),
        "multipart/form-data": {
          schema: {
            type: "object",
            properties: { run: ref("RunRequest") },
            required: ["run"],
            additionalProperties: { type: "string" },
          },
          encoding: { run: { contentType: "application/json" } },
        },
      },
    },
    responses: {
      200: {
        description: "The program has ended, however it ended",
        content: { ...json("RunResult"), "text/event-stream": { schema: { type: "string" } } },
      },
      ...refusals(400, 401, 403, 408, 409, 413, 415, 429, 500, 502, 503),
    },
  },
};

const oneRun = {
  delete: {
    operationId: "cancel",
    summary: "Cancel a run of the same token",
    security: bearer,
    parameters: [{
      ...{ name: "id", in: "path", required: true },
      schema: { type: "string", pattern: "^[A-Za-z0-9._-]{1,64}$" },
    }],
    responses: { 202: { description: "It is being cancelled" }, ...refusals(401, 403, 404) },
  },
};

/** An operation that only reads. */
function get(operationId: string, summary: string, content: object, rest: object): object {
  return {
    get: {
      operationId,
      summary,
      responses: { 200: { description: "As it is now", content }, ...rest },
    },
  };
}

/** The same, with a token. */
function tokenGet(
  operationId: string,
  summary: string,
  content: object,
  ...also: number[]
): object {
  const rest = refusals(401, 403, ...also);
  const { get: operation } = get(operationId, summary, content, rest) as { get: object };
  return { get: { ...operation, security: bearer } };
}

/** The document. */
export const openApi: OpenApiDocument = {
  openapi: "3.1.0",
  info: {
    title: "Sallyport",
    version: "1",
    description: "Runs untrusted programs on machines of this host.",
  },
  paths: {
    "/v1/runs": runs,
    "/v1/runs/{id}": oneRun,
    "/v1/machines": tokenGet("machines", "The pool and its machines", json("Machines"), 503),
    "/v1/languages": tokenGet("languages", "Languages and limits", json("Languages"), 503),
    "/metrics": tokenGet("metrics", "Metrics in Prometheus' text format", text),
    "/openapi.json": get("openapi", "This document", {
      "application/json": { schema: { type: "object" } },
    }, {}),
    "/healthz": get("health", "Whether the service answers", text, {}),
    "/readyz": get("readiness", "Whether runs are taken", text, refusals(503)),
  },
  components: {
    securitySchemes: { token: { type: "http", scheme: "bearer" } },
    schemas: {
      RunRequest: {
        ...openApiSchema(runRequest),
        examples: [{ language: "python", code: "print(6 * 7)", timeout_ms: 2000 }],
      },
      RunResult: openApiSchema(runResult),
      Problem: openApiSchema(problemSchema),
      Machines: openApiSchema(machinesAnswer),
      Languages: openApiSchema(languagesAnswer),
    },
  },
};

/** What of the document its readers here need. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: object;
  readonly paths: Readonly<Record<string, object>>;
  readonly components: {
    readonly securitySchemes: object;
    readonly schemas: Readonly<Record<string, JsonSchema>>;
  };
}
