// The document of a service: it is OpenAPI 3.1, it names all routes, and the service does what it
// says, for requests that are made from it by chance.

import assert from "node:assert/strict";
import { openApi } from "../../host/serve/openapi.ts";
import { routesOf } from "../../host/serve/routes.ts";
import { Service } from "../../host/serve/service.ts";
import { type Schema, Schemas } from "./json_schema.ts";
import { randomOf } from "../helpers/random.ts";
import { overHttp, serving } from "./serve_stage.ts";

interface Operation {
  readonly operationId: string;
  readonly security?: readonly Record<string, unknown>[];
  readonly parameters?: readonly { name: string; in: string; required: boolean; schema: Schema }[];
  readonly requestBody?: { readonly content: Record<string, { schema: Schema }> };
  readonly responses: Record<string, {
    readonly description: string;
    readonly content?: Record<string, { schema: Schema }>;
  }>;
}

const { components } = openApi;
const schemas = new Schemas(components.schemas);
const operations = Object.entries(openApi.paths).flatMap(([path, item]) =>
  Object.entries(item as Record<string, Operation>).map(([method, operation]) => ({
    path,
    method,
    operation,
  }))
);

Deno.test("the document keeps the rules of OpenAPI 3.1", overHttp, () => {
  assert.match(openApi.openapi, /^3\.1\.\d+$/);
  for (const field of ["title", "version"]) assert.ok(field in openApi.info);
  assert.deepEqual(Object.keys(openApi).toSorted(), ["components", "info", "openapi", "paths"]);
  for (const [name, schema] of Object.entries(components.schemas)) {
    assert.match(name, /^[A-Za-z0-9._-]+$/);
    assert.deepEqual(schemas.faultsOf(schema, name), []);
    for (const example of (schema as Schema).examples ?? []) {
      assert.deepEqual(schemas.misfits(schema, example), []);
    }
  }
  const ids = operations.map(({ operation }) => operation.operationId);
  assert.equal(new Set(ids).size, ids.length);
  for (const { path, operation } of operations) {
    const { parameters = [], responses, security = [], requestBody } = operation;
    assert.ok(path.startsWith("/"));
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const declared = parameters.filter((one) => one.in === "path" && one.required);
    assert.deepEqual(declared.map(({ name }) => name), inPath);
    assert.ok(Object.keys(responses).length > 0);
    for (const [status, { description, content = {} }] of Object.entries(responses)) {
      assert.match(status, /^[1-5]\d\d$/);
      assert.equal(typeof description, "string");
      for (const { schema } of Object.values(content)) schemas.faultsOf(schema);
    }
    for (const { schema } of Object.values(requestBody?.content ?? {})) schemas.faultsOf(schema);
    for (const one of security) {
      for (const name of Object.keys(one)) assert.ok(name in components.securitySchemes);
    }
  }
});

Deno.test("the document names every route and no other", overHttp, () => {
  const routes = routesOf(new Service(null)).map(({ method, path, open = false }) =>
    `${method} ${path.replace(/:(\w+)/g, "{$1}")} ${open}`
  );
  const documented = operations.map(({ path, method, operation: { security } }) =>
    `${method.toUpperCase()} ${path} ${security === undefined}`
  );
  assert.deepEqual(documented.toSorted(), routes.toSorted());
});

Deno.test(
  "the service answers 300 requests made from the document as the document says",
  overHttp,
  () =>
    serving({}, async ({ ask }) => {
      const random = randomOf(Number(Deno.env.get("SALLYPORT_SEED") ?? 1));
      const seen = new Map<string, number>();
      for (let count = 0; count < 300; count++) {
        const runs = operations.filter(({ operation }) => operation.requestBody !== undefined);
        const from = random() < 0.7 ? runs : operations;
        const { path, method, operation } = from[Math.floor(random() * from.length)];
        const init = requestOf(operation, random);
        const id = operation.parameters?.map(({ schema }) => schemas.make(schema, random));
        const answer = await ask(path.replace("{id}", String(id)), {
          ...init,
          method: method.toUpperCase(),
        });
        const what = `${operation.operationId} ${answer.status}`;
        seen.set(what, (seen.get(what) ?? 0) + 1);
        const response = operation.responses[answer.status];
        const text = await answer.text();
        assert.ok(response !== undefined, `${what} is not documented: ${text}`);
        const type = answer.headers.get("content-type")?.split(";")[0];
        const documented = response.content?.[type ?? ""];
        assert.equal(documented !== undefined, type !== undefined, `${what}: ${type}`);
        if (type?.endsWith("json")) {
          assert.deepEqual(schemas.misfits(documented!.schema, JSON.parse(text)), [], text);
        }
      }
      console.log(Object.fromEntries(seen));
      for (const what of ["run 200", "run 400", "cancel 404", "machines 200", "languages 200"]) {
        assert.ok((seen.get(what) ?? 0) > 0, `there was no "${what}"`);
      }
    }),
);

/** A request's body: the example with some fields made by chance, or one made as a whole. */
function requestOf(operation: Operation, random: () => number): RequestInit {
  const content = operation.requestBody?.content;
  if (content === undefined) return {};
  const schema = schemas.resolve(content["application/json"].schema);
  const made = schemas.make(schema, random) as Record<string, unknown>;
  const { language: _, code: _c, entry: _e, timeout_ms: _t, ...rest } = made;
  const [name] = Object.keys(rest);
  const less = name === undefined ? {} : { [name]: rest[name] };
  const example = { ...schema.examples[0], language: "sh", code: "echo 1" };
  const value = random() < 0.3 ? made : { ...example, ...less };
  if (random() < 0.7) {
    const headers = { "content-type": "application/json" };
    return { headers, body: JSON.stringify(value) };
  }
  const form = new FormData();
  form.set("run", JSON.stringify(value));
  form.set("a", "b");
  return { body: form };
}
