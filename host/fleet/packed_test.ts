// Messages: what is packed comes out again, and anything else is refused in one way.

import assert from "node:assert/strict";
import fc from "fast-check";
import { FleetError } from "./fleet_error.ts";
import { divided, pack, unpack } from "./packed.ts";

Deno.test("what is packed comes out again", () => {
  const parts = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 5 });
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.string()), parts, (said, parts) => {
    const line = Object.fromEntries(
      Object.entries(said).filter(([name]) => !["lengths", "blob", "__proto__"].includes(name)),
    );
    const out = unpack(pack({ line, parts }));
    assert.deepEqual({ ...out.line }, line);
    assert.deepEqual(divided(out.bytes, out.lengths).map(String), parts.map(String));
  }));
});

Deno.test("with a blob only the line travels", () => {
  const out = unpack(pack({ line: { id: "a" }, parts: [new Uint8Array(100)] }, "b"));
  assert.deepEqual([out.blob, out.bytes.length, out.lengths], ["b", 0, [100]]);
});

Deno.test("anything else is refused", () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  const wrong = ["", "x", "\n", "[]\n", "1\n", "{}\n", '{"lengths":[-1]}\n', '{"lengths":[1.5]}\n'];
  wrong.push('{"lengths":[],"blob":1}\n', '{"lengths":{}}\n');
  const refused = (error: unknown) => error instanceof FleetError && error.kind === "malformed";
  for (const text of wrong) assert.throws(() => unpack(encode(text)), refused, text);
  assert.throws(() => divided(new Uint8Array(3), [1, 1]), refused);
  assert.throws(() => divided(new Uint8Array(1), [1, 1]), refused);
});
