import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesOf, contentOf } from "./content.ts";
import { parseRequest } from "./parse_request.ts";
import { Problem } from "./problem.ts";

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const json = (value: unknown) => parseRequest("application/json; charset=utf-8", encode(value));

function refused(ask: () => unknown, code: string, field?: string): void {
  assert.throws(ask, (error) => {
    assert.ok(error instanceof Problem, String(error));
    assert.deepEqual([error.code, error.details.field], [code, field], error.message);
    return true;
  });
}

Deno.test("bytes go through JSON and back", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => {
    assert.deepEqual(new Uint8Array(bytesOf(contentOf(bytes))), bytes);
  }));
  assert.equal(contentOf(new Uint8Array([0xef, 0xbb, 0xbf, 0x61])), "\ufeffa");
});

Deno.test("both forms of a request say the same", async () => {
  const run = { language: "sh", code: "cat a/b", env: { __proto__: null, X: "1" } };
  const files = [{ path: "a/b", content: { base64: "/w==" } }];
  const one = json({ ...run, files });
  const form = new FormData();
  form.set("run", new Blob([encode(run)], { type: "application/json" }));
  form.set("a/b", new Blob([new Uint8Array([255])]), "anything");
  const sent = new Response(form);
  const type = sent.headers.get("content-type")!;
  const two = parseRequest(type, await sent.bytes());
  assert.deepEqual(two.request, one.request);
  assert.deepEqual(two.files.map(({ path, bytes }) => [path, ...bytes]), [["a/b", 255]]);
  assert.deepEqual(one.files.map(({ path, bytes }) => [path, ...bytes]), [["a/b", 255]]);
});

Deno.test("names that valibot drops stay in the environment", () => {
  const { request } = parseRequest(
    "application/json",
    new TextEncoder().encode('{"language":"sh","code":"","env":{"__proto__":"x"}}'),
  );
  assert.deepEqual(Object.keys(request.env!), ["__proto__"]);
});

Deno.test("what cannot be is refused, with its field", async () => {
  const sh = { language: "sh", code: "" };
  refused(() => json(null), "bad_request");
  refused(() => json([]), "bad_request");
  refused(() => json({ code: "" }), "bad_request", "language");
  refused(() => json({ language: "sh" }), "bad_request");
  refused(() => json({ ...sh, entry: "a" }), "bad_request");
  refused(() => json({ ...sh, colour: 1 }), "bad_request", "colour");
  refused(() => json({ ...sh, env: [] }), "bad_request", "env");
  refused(() => json({ ...sh, limits: [] }), "bad_request", "limits");
  refused(() => json({ ...sh, stdin: { base64: "a" } }), "bad_request", "stdin");
  refused(
    () => json({ ...sh, files: [{ path: "../a", content: "" }] }),
    "forbidden_path",
    "files.0.path",
  );
  refused(() => json({ ...sh, get: ["a", "/b"] }), "forbidden_path", "get.1");
  refused(() => json({ ...sh, get: Array(65).fill("a") }), "bad_request", "get");
  refused(() => parseRequest("text/plain", encode(sh)), "wrong_type");
  refused(() => parseRequest("application/json", new Uint8Array([255])), "bad_request");
  refused(() => parseRequest("multipart/form-data; boundary=x", encode(sh)), "bad_request");
  const form = new Response(new FormData());
  const body = await form.bytes();
  refused(
    () => parseRequest(form.headers.get("content-type")!, body),
    "bad_request",
  );
});
