import assert from "node:assert/strict";
import { parseAddress } from "./mcp_command.ts";

Deno.test("mcp: addresses that only this machine reaches, unless others are meant", () => {
  assert.deepEqual(parseAddress("127.0.0.1:8000", false), { hostname: "127.0.0.1", port: 8000 });
  assert.deepEqual(parseAddress("[::1]:0", false), { hostname: "::1", port: 0 });
  assert.deepEqual(parseAddress("localhost:1", false), { hostname: "localhost", port: 1 });
  assert.deepEqual(parseAddress("unix:a b.sock", false), { path: "a b.sock" });
  for (const address of ["0.0.0.0:1", "[::]:1", "10.1.2.3:1", "box.example:1"]) {
    assert.throws(() => parseAddress(address, false), /other machines could reach it/);
    assert.equal((parseAddress(address, true) as { port: number }).port, 1);
  }
  for (const address of ["", "8000", ":8000", "127.0.0.1", "127.0.0.1:65536", "unix:", "::1:1"]) {
    assert.throws(() => parseAddress(address, true), /must be like/);
  }
});
