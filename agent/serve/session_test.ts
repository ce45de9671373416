// A client whose sandbox is lost while it waits for an answer about files does not wait for ever.

import assert from "node:assert/strict";
import type { Sandboxes } from "../pool/sandboxes.ts";
import type { Failure } from "../../sandbox/report.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { Connection } from "./connection.ts";
import { noSandbox, Session } from "./session.ts";

const never = () => assert.fail("it is not called");

/** A session at whose side nothing is real. `failure`: why no sandbox can be made. */
function bench(failure?: Failure) {
  const connection = {
    closed: false,
    closeWith: (code: string) => {
      assert.equal(code, "internal");
      connection.closed = true;
    },
  };
  const sandbox = {} as Sandbox;
  const sandboxes = {
    take: (take: (sandbox: Sandbox) => void, fail: (failure: Failure) => void) => {
      if (failure === undefined) take(sandbox);
      else fail(failure);
    },
    prepare() {},
  };
  const session = new Session(
    connection as unknown as Connection,
    sandboxes as unknown as Sandboxes,
    {} as never,
  );
  return { connection, sandbox, session };
}

Deno.test("session: a sandbox that is lost between runs ends its connection", () => {
  const { connection, sandbox, session } = bench();
  session.withSandboxAtRest(() => {}, never);
  assert.equal(sandbox.onLost(), true);
  assert.equal(connection.closed, true);
});

Deno.test("session: one that is lost under a run is told by the run's result", () => {
  const { connection, sandbox, session } = bench();
  session.withSandbox(() => {}, never);
  session.running = true;
  assert.equal(sandbox.onLost(), false);
  assert.equal(connection.closed, false);
});

Deno.test("session: where no sandbox can be made, the request is refused, and says why", () => {
  const failure = { step: "mount /tmp", errno: "ENOMEM" };
  const { session } = bench(failure);
  const problems: unknown[] = [];
  session.withSandboxAtRest(never, (problem) => problems.push(problem));
  assert.deepEqual(problems, [noSandbox(failure)]);
  assert.equal(noSandbox(failure).code, "internal");
  assert.match(noSandbox(failure).message, /mount \/tmp: ENOMEM$/);
});
