// Exit codes: the contract with scripts.

import assert from "node:assert/strict";
import { ConnectionError, RequestError } from "../errors.ts";
import { exitCodeOf, exitCodeOfError, signalNumber } from "./exit_code.ts";

Deno.test("exitCodeOf: the program's own, or why there is none", () => {
  assert.equal(exitCodeOf({ status: "exited", exit_code: 7 }), 7);
  assert.equal(exitCodeOf({ status: "signaled", signal: "SIGKILL" }), 137);
  assert.equal(exitCodeOf({ status: "signaled", signal: "SIGSEGV" }), 139);
  assert.equal(exitCodeOf({ status: "timeout" }), 124);
  assert.equal(exitCodeOf({ status: "limit" }), 123);
  assert.equal(exitCodeOf({ status: "failed" }), 125);
  assert.equal(exitCodeOf({ status: "cancelled" }), 130);
});

Deno.test("exitCodeOfError: refused or failed", () => {
  assert.equal(exitCodeOfError(new RequestError("busy", "No")), 126);
  assert.equal(exitCodeOfError(new ConnectionError("Lost")), 125);
  assert.equal(exitCodeOfError(new TypeError("Cannot read")), 125);
});

Deno.test("signalNumber: is what the system says", () => {
  const listed = new Deno.Command("/bin/bash", {
    args: ["-c", "kill -l TERM KILL XFSZ SYS RTMIN+3"],
  });
  const numbers = new TextDecoder().decode(listed.outputSync().stdout).trim().split("\n").map(
    Number,
  );
  const names = ["SIGTERM", "SIGKILL", "SIGXFSZ", "SIGSYS", "SIGRTMIN+3"];
  assert.deepEqual(names.map(signalNumber), numbers);
  assert.equal(signalNumber("SIGNOTHING"), 0);
});
