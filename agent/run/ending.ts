// Ends a job: signals, the time of grace, and rounds of reaping until nothing of it is left.
//
// A deadline is set before what it waits for is sent. To send may end the run, where the sandbox has
// gone; a deadline that was set after that would be the next run's.

import { SIGKILL, SIGTERM } from "../../linux/constants.ts";
import type { Arch } from "../../linux/syscall_numbers.ts";
import { reapProgram, signalProgram } from "../../sandbox/keeper_program.ts";
import { Program } from "../../sandbox/program.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { Deadlines } from "./deadlines.ts";
import type { ExecutionEvent } from "./execution.ts";

/** How long to wait for the runner's report after SIGKILL. */
const KILL_MS = 5_000;
/** Time between two checks for processes that outlive their SIGKILL. */
const REAP_MS = 5;

/** Carries out how an execution ends; what time brings is an event of it. */
export class Ending {
  readonly #signal: Program;
  readonly #reap: Program;

  /** @param step Takes the events. */
  constructor(
    readonly deadlines: Deadlines,
    arch: Arch,
    readonly graceMs: number,
    readonly step: (event: ExecutionEvent) => void,
  ) {
    this.#signal = new Program(arch);
    this.#reap = new Program(arch);
  }

  /** Sends a signal to the job's process group. */
  signal(sandbox: Sandbox | undefined, pid: number | undefined, signal: number): void {
    if (pid === undefined || sandbox === undefined || sandbox.closed) return;
    signalProgram(this.#signal.reset(), pid, signal);
    sandbox.ask(this.#signal);
  }

  /** Asks the job to end. */
  terminate(sandbox: Sandbox | undefined, pid: number | undefined): void {
    this.deadlines.set("grace", this.graceMs, () => this.step({ type: "grace-over" }));
    this.signal(sandbox, pid, SIGTERM);
  }

  /** Kills all of the job: its cgroup where it has one. */
  kill(sandbox: Sandbox | undefined, pid: number | undefined): void {
    this.deadlines.set("kill", KILL_MS, () => this.step({ type: "gone" }));
    if (sandbox?.leaf === undefined) this.signal(sandbox, pid, SIGKILL);
    else sandbox.leaf.kill();
  }

  /** Has the runner reap what was killed: at once in the first round. */
  reap(sandbox: Sandbox | undefined, rounds: number): void {
    this.deadlines.set("reap", rounds === 0 ? 0 : REAP_MS, () => {
      if (sandbox === undefined || sandbox.closed) return;
      reapProgram(this.#reap.reset());
      sandbox.run(this.#reap);
    });
  }
}
