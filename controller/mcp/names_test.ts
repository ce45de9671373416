import assert from "node:assert/strict";
import { isLoopback, loopbackNames, refusal } from "./names.ts";

const ask = (headers: Record<string, string>, names = loopbackNames) =>
  refusal(new Headers(headers), names);

Deno.test("refusal: Host and Origin must be names of the server, whatever their port", () => {
  for (const host of ["localhost", "localhost:8000", "127.0.0.1:1", "[::1]:8000"]) {
    assert.equal(ask({ host }), null);
    assert.equal(ask({ host, origin: `http://${host}` }), null);
    assert.equal(ask({ host, origin: `https://${host}` }), null);
    for (const origin of ["http://evil.example", "null", "", "http://localhost.evil.example"]) {
      assert.match(ask({ host, origin })!, /^Origin/);
    }
  }
  for (const host of ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "a b"]) {
    assert.match(ask({ host })!, /^Host/);
  }
  assert.match(ask({})!, /^Host/);
  assert.equal(ask({ host: "box.example:80" }, [...loopbackNames, "box.example"]), null);
});

Deno.test("isLoopback: addresses that only this machine reaches", () => {
  for (const name of ["localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"]) {
    assert(isLoopback(name), name);
  }
  for (const name of ["0.0.0.0", "[::]", "10.0.0.1", "localhost.example", "127.0.0.1.example"]) {
    assert(!isLoopback(name), name);
  }
});
