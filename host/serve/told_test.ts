// What is told to clients and to the log: no paths of this host, and nothing that a terminal obeys.

import assert from "node:assert/strict";
import { PoolError } from "../pool/pool_error.ts";
import { logLine } from "./access_log.ts";
import { problemOf } from "./problem_of.ts";
import { withoutPaths } from "./told.ts";

Deno.test("paths are left out of reasons, and the reasons stay", () => {
  for (
    const [reason, told] of [
      [
        "Failed to spawn '/opt/x y/agent': No such file",
        "Failed to spawn '… y/agent': No such file",
      ],
      [
        "connect ENOENT /run/sallyport/1/run/vsock.sock (os error 2)",
        "connect ENOENT … (os error 2)",
      ],
      ["open:/etc/a,/etc/b", "open:…,…"],
      ["and/or 3/4 ms", "and/or 3/4 ms"],
      ["it said nothing for 5 s", "it said nothing for 5 s"],
    ]
  ) assert.equal(withoutPaths(reason), told);
  for (const kind of ["no_machine", "lost"] as const) {
    const { message, body } = problemOf(new PoolError(kind, "No /usr/bin/qemu", "no"));
    assert.equal(message, "No …");
    assert.equal(body.detail, "No …");
  }
  const { message, body } = problemOf(new TypeError("at /root/secret.ts:1:2"));
  assert.doesNotMatch(message + JSON.stringify(body), /secret/);
});

Deno.test("a log's line is one line that no terminal obeys", () => {
  const why = 'a\n\r\x1b[2J\x9b31m\x7f\u2028\u202e\u0000 é"';
  const line = logLine({ why });
  assert.match(line, /^[\x20-\x7e\xe9]+$/);
  assert.deepEqual(JSON.parse(line), { why });
});
