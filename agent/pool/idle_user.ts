// The user of a sandbox that nobody uses yet: it only notices when the sandbox is ready or fails.

import type { Failure } from "../../sandbox/report.ts";
import type { Sandbox, SandboxUser } from "../../sandbox/sandbox.ts";

/** What is told of a sandbox whose processes have ended though nobody asked for it. */
const gone: Failure = { step: "keep a prepared sandbox", errno: "EPIPE" };

/** Passes on that a sandbox is ready, or that it has failed. */
export class IdleUser implements SandboxUser {
  constructor(
    readonly onReady: (sandbox: Sandbox) => void,
    /** `lived`: it has ended by itself, and may have been ready before. */
    readonly fail: (sandbox: Sandbox, failure: Failure, lived: boolean) => void,
  ) {}

  onStarted(): void {}
  onListener(): void {}
  onEnded(): void {}
  onReaped(): void {}

  onFailed(sandbox: Sandbox, failure: Failure): void {
    this.fail(sandbox, failure, false);
  }

  onGone(sandbox: Sandbox): void {
    this.fail(sandbox, gone, true);
  }
}
