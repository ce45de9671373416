// The parser of forms: what other programs write is read as they meant it, byte by byte.

import assert from "node:assert/strict";
import fc from "fast-check";
import { parseForm } from "./parse_form.ts";
import { Problem } from "./problem.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("a form of Deno's own is read as it was made", async () => {
  const name = fc.string({ unit: "grapheme", maxLength: 20 }).filter((name) =>
    !/["\r\n]/.test(name) && name.isWellFormed()
  );
  const file = fc.tuple(name, fc.uint8Array({ maxLength: 200 }));
  const files = fc.uniqueArray(file, { selector: ([name]) => name, maxLength: 6 });
  await fc.assert(fc.asyncProperty(files, async (files) => {
    const form = new FormData();
    for (const [name, bytes] of files) form.set(name, new Blob([new Uint8Array(bytes)]), "any");
    const sent = new Response(form);
    const type = sent.headers.get("content-type")!;
    const parts = files.length === 0 ? [] : parseForm(type, await sent.bytes());
    assert.deepEqual(
      parts.map(({ name, bytes }) => [name, ...bytes]),
      files.map(([name, bytes]) => [name, ...bytes]),
    );
  }));
});

Deno.test("what curl and Python write is read too", () => {
  const head = "----x\r\nContent-Disposition: form-data; name=";
  const body = `${head}"run"\r\nContent-Type: application/json\r\n\r\n{}\r\n` +
    `${head}"a/b"; filename="c \u00e9"; filename*=utf-8''c%20\r\n\r\n\r\n--\r\n----x\r\n` +
    `content-disposition:form-data;name="e"\r\n\r\n\r\n----x--\r\n`;
  const parts = parseForm('multipart/form-data; charset=utf-8; boundary="--x"', encode(body));
  assert.deepEqual(parts.map(({ name, bytes }) => [name, text(bytes)]), [
    ["run", "{}"],
    ["a/b", "\r\n--"],
    ["e", ""],
  ]);
});

Deno.test("any bytes are a form or a refusal", () => {
  const piece = fc.constantFrom(
    ...["--x", "--", "\r\n", "\r\n\r\n", "Content-Disposition: form-data; name=", '"a"', "b", ";"],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      try {
        parseForm("multipart/form-data; boundary=x", encode(pieces.join("")));
      } catch (error) {
        assert.ok(error instanceof Problem, String(error));
      }
    }),
    { numRuns: 3000 },
  );
});

Deno.test("a name may have characters that end lines elsewhere", () => {
  for (const name of ["\u2028", "a\u2029b", "\u0085", "\v"]) {
    const body = `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n1\r\n--x--\r\n`;
    const parts = parseForm("multipart/form-data; boundary=x", encode(body));
    assert.deepEqual(parts.map((part) => part.name), [name]);
  }
});

const encode = (text: string) => new TextEncoder().encode(text);
