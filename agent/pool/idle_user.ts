// The user of a sandbox that nobody uses yet: it only notices when the sandbox is ready or fails.

import type { Failure } from "../../sandbox/report.ts";
import type { Sandbox, SandboxUser } from "../../sandbox/sandbox.ts";
import { StepError } from "../../sandbox/zygote.ts";
import { FatalError } from "../core/fatal.ts";

/** Passes readiness on. A failure ends the agent, since it would occur for every job. */
export class IdleUser implements SandboxUser {
  constructor(
    readonly onReady: (sandbox: Sandbox) => void,
    readonly drop: (sandbox: Sandbox) => void,
  ) {}

  onStarted(): void {}
  onListener(): void {}
  onEnded(): void {}
  onReaped(): void {}

  onFailed(_sandbox: Sandbox, failure: Failure): void {
    throw new StepError(failure);
  }

  onGone(sandbox: Sandbox): void {
    this.drop(sandbox);
    throw new FatalError("Cannot keep a prepared sandbox: it has gone by itself");
  }
}
