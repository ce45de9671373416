import assert from "node:assert/strict";
import { parseOptions, readyLine } from "./options.ts";

Deno.test("addresses, context ids and layers are read", () => {
  const options = parseOptions([
    "--listen=vsock:5000",
    "--ready=vsock:2:7000",
    "--allow-cid=3,4",
    "--allow-cid=9",
    "--without=ids,landlock",
  ]);
  assert.deepEqual(options.listen, { kind: "vsock", port: 5000 });
  assert.deepEqual(options.ready, { cid: 2, port: 7000 });
  assert.deepEqual(options.allowCids, [2, 3, 4, 9], "the host may always connect");
  assert.deepEqual(options.without, ["ids", "landlock"]);
});

Deno.test("the line of a ready agent says how to reach it", () => {
  assert.match(readyLine({ kind: "unix", path: "/a b" }), /^sallyport: ready; .* unix:\/a b$/);
  assert.match(
    readyLine({ kind: "vsock", port: 7 }),
    /^sallyport: ready; .* vsock:CID:7, with this/,
  );
});

Deno.test("a path may hold colons", () => {
  assert.deepEqual(parseOptions(["--listen=unix:/a:b"]).listen, { kind: "unix", path: "/a:b" });
});

for (
  const [option, rule] of [
    ["--listen=tcp:1", "vsock:PORT or unix:PATH"],
    ["--listen=unix:", "vsock:PORT or unix:PATH"],
    ["--listen=vsock:x", "number"],
    ["--listen=vsock:-1", "number"],
    ["--ready=vsock:2", "vsock:CID:PORT"],
    ["--ready=vsock:2:3:4", "vsock:CID:PORT"],
    ["--allow-cid=4294967295", "number"],
    ["--nonsense", "nonsense"],
  ]
) {
  Deno.test(`"${option}" is refused by name`, () => {
    assert.throws(() => parseOptions([option]), (error: Error) => error.message.includes(rule));
  });
}
