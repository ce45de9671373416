import assert from "node:assert/strict";
import { parseServeArguments } from "./serve_arguments.ts";

const parse = (text: string, uid = 0, runtimeDirectory?: string) =>
  parseServeArguments(text.split(" "), { uid, runtimeDirectory });

Deno.test("what is left out has its usual value", () => {
  assert.deepEqual(parse("--listen unix:/run/s.sock"), {
    address: { path: "/run/s.sock" },
    tokens: null,
    size: 1,
    recycling: "fresh",
    waiting: 100,
    graceMs: 30_000,
    machines: {
      ...{ root: "/run/sallyport", monitor: "process", image: {}, memoryMib: 512, cpus: 1 },
    },
  });
  const guest = parse(
    "--listen [::1]:80 --tokens t --monitor qemu --kernel k --disk d --recycling 5",
    1000,
    "/run/user/1000",
  );
  assert.deepEqual(guest.address, { hostname: "::1", port: 80 });
  assert.deepEqual([guest.tokens, guest.recycling, guest.machines.root, guest.machines.image], [
    ...["t", { afterRuns: 5 }, "/run/user/1000/sallyport", { kernel: "k", disk: "d" }],
  ]);
});

Deno.test("no address is open to all by mistake", () => {
  for (const where of ["127.0.0.1:80", "0.0.0.0:80", "localhost:80", "10.0.0.1:80", "[::]:80"]) {
    assert.throws(() => parse(`--listen ${where}`), TypeError, where);
    assert.ok(parse(`--listen ${where} --tokens t`));
  }
  assert.ok(parse("--listen 127.0.0.1:80 --open"));
  assert.ok(parse("--listen [::1]:80 --open"));
  for (const where of ["0.0.0.0:80", "localhost:80", "127.0.0.1.example.org:80", "[::]:80"]) {
    assert.throws(() => parse(`--listen ${where} --open`), /Only a Unix socket or the loopback/);
  }
});

Deno.test("what cannot be is named", () => {
  assert.throws(() => parse("--tokens t"), /--listen/);
  assert.throws(() => parse("--listen 80"), /Cannot listen on "80"/);
  assert.throws(() => parse("--listen a:99999"), /Cannot listen/);
  assert.throws(() => parse("--listen unix:/a --machines 0"), /--machines 0/);
  assert.throws(() => parse("--listen unix:/a --recycling often"), /--recycling often/);
  assert.throws(() => parse("--listen unix:/a --tokens t --open"), /not both/);
  assert.throws(() => parse("--listen unix:/a", 1000), /--root/);
  assert.throws(() => parse("--listen unix:/a --colour red"), /colour/);
});
