// Gives a request to the interpreter that waits in a sandbox.
//
// Only with its answer is the interpreter the run's job. One that dies before has run nothing of
// the program: its sandbox will be ready again, and the job is started anew.

import { handMessage, handProgram, readHanded } from "../../sandbox/hand_over.ts";
import type { Platform } from "../../sandbox/layout.ts";
import { Program } from "../../sandbox/program.ts";
import type { Failure } from "../../sandbox/report.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { Warming } from "../pool/warming.ts";
import type { JobRequest } from "./result.ts";

/** Who waits for the interpreter. */
export interface HandingUser {
  /** Whether the run still waits for the interpreter in `sandbox`. */
  waitsFor(sandbox: Sandbox): boolean;
  /** The interpreter has the request and goes on. */
  onHanded(sandbox: Sandbox): void;
  /** It was not told to go on. */
  onNotHanded(sandbox: Sandbox, failure: Failure): void;
}

/** Hands over one request at a time. */
export class Handing {
  readonly #program: Program;

  constructor(
    readonly platform: Platform,
    readonly warming: Warming,
    readonly user: HandingUser,
  ) {
    this.#program = new Program(platform.arch);
  }

  /** Sets the interpreter's limits, writes the code, and tells it to go on. */
  hand(sandbox: Sandbox, { code, ...request }: JobRequest): void {
    const job = { ...request, code: code! };
    const { pid } = sandbox.job;
    const names = handProgram(this.#program.reset(), this.platform, pid, job);
    sandbox.ask(this.#program, (message) => {
      // Meanwhile the interpreter may have ended: then the sandbox will be ready again soon.
      if (!this.user.waitsFor(sandbox) || sandbox.job.pid !== pid) return true;
      const failure = readHanded(message, names, job.code.length);
      // It has ended, and its runner has waited for it, but that report is not read yet.
      if (failure?.errno === "ESRCH") {
        this.warming.end(sandbox);
        return true;
      }
      const problem = failure ?? this.#go(sandbox, handMessage(job));
      if (problem !== undefined) {
        this.user.onNotHanded(sandbox, problem);
        sandbox.giveUp(this.#program.reset());
      }
      return true;
    });
  }

  #go(sandbox: Sandbox, message: Uint8Array): Failure | undefined {
    return this.warming.go(sandbox, message, () => {
      if (this.user.waitsFor(sandbox)) this.user.onHanded(sandbox);
    });
  }
}
