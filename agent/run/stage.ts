// One job of a run: it is started in a sandbox, its streams are heard, its limits are kept, and it is
// ended.
//
// It carries out what execution.ts decides. One instance serves one job after another; its buffers
// are allocated once.
//
// To send something to a sandbox may end the job, where the sandbox has gone: the next one has then
// begun already. Whoever goes on after it asks first whether the sandbox is still the job's.

import { SysError } from "../../linux/errno.ts";
import type { CompiledPolicy, Profile } from "../../policy/compiled.ts";
import type { ResultReply } from "../../protocol/protocol.ts";
import type { JobEnd, Usage } from "../../sandbox/job_end.ts";
import type { Platform } from "../../sandbox/layout.ts";
import type { Failure } from "../../sandbox/report.ts";
import type { Sandbox, SandboxUser } from "../../sandbox/sandbox.ts";
import { FatalError } from "../core/fatal.ts";
import { type Loop, now } from "../core/loop.ts";
import type { Arming } from "../pool/arming.ts";
import { Denials, type DenialsUser } from "../pool/denials.ts";
import { Deadlines } from "./deadlines.ts";
import { Ending } from "./ending.ts";
import {
  begun,
  type Cause,
  type Execution,
  type ExecutionEvent,
  type LimitName,
  step,
} from "./execution.ts";
import { Handing, type HandingUser } from "./handing.ts";
import { Output, type OutputClient } from "./output.ts";
import { type JobRequest, resultOf } from "./result.ts";
import { Sampling } from "./sampling.ts";
import type { Stdin } from "./stdin.ts";
import { Timeline } from "./timeline.ts";

const nothingUsed: Usage = { cpuUserMs: 0, cpuSystemMs: 0, maxRssBytes: 0 };

/** The parts a stage uses. */
export interface StageParts {
  readonly loop: Loop;
  readonly platform: Platform;
  readonly policy: CompiledPolicy;
  readonly profiles: Readonly<Record<string, Profile>>;
  readonly arming: Arming;
}

/** How a job has ended, or that it has not begun. */
export interface StageEnd {
  readonly message: ResultReply;
  /** The output that was not streamed. */
  readonly bodies: Uint8Array[];
  /** The sandbox it was in, where it can be used again. */
  readonly sandbox: Sandbox | undefined;
}

/** Carries out one job at a time. */
export class Stage implements SandboxUser, DenialsUser, HandingUser {
  readonly #deadlines: Deadlines;
  readonly #platform: Platform;
  readonly #policy: CompiledPolicy;
  readonly #profiles: Readonly<Record<string, Profile>>;
  readonly #arming: Arming;
  readonly #ending: Ending;
  readonly #handing: Handing;
  readonly #output: Output;
  readonly #sampling: Sampling;
  readonly #ownDenials: Denials;
  #denials: Denials;
  readonly timeline = new Timeline();
  #execution: Execution = begun;
  /** Signals for a job that has not started. */
  readonly #early: number[] = [];
  /** What is under way; undefined: nothing. */
  #request: JobRequest | undefined;
  #client: OutputClient | undefined;
  /** The job's standard input; undefined: it has none. */
  #stdin: Stdin | undefined;
  #sandbox: Sandbox | undefined;
  #profile: Profile | undefined;
  #beganAt = 0;
  /** Whether the job was sent. It may be stopped before its sandbox is ready. */
  #launched = false;

  /** @param onOver Called when a job is over, before `close`. */
  constructor(parts: StageParts, readonly onOver: (end: StageEnd) => void) {
    const { loop, platform, policy } = parts;
    this.#deadlines = new Deadlines(loop);
    this.#platform = platform;
    this.#policy = policy;
    this.#profiles = parts.profiles;
    this.#arming = parts.arming;
    const { output_bytes, grace_ms } = policy.limits;
    const step = (event: ExecutionEvent) => this.#step(event);
    this.#ending = new Ending(this.#deadlines, platform.arch, grace_ms, step);
    this.#handing = new Handing(platform, parts.arming.warming, this);
    const mark = () => this.timeline.mark("output");
    const breach = (limit: LimitName) => this.stop({ kind: "limit", limit });
    this.#output = new Output(loop, output_bytes, mark, () => breach("output"));
    this.#sampling = new Sampling(loop, platform, policy, breach);
    this.#ownDenials = new Denials(loop, platform.arch, policy.limits.denied, this);
    this.#denials = this.#ownDenials;
  }

  /** Begins a job for `client`. `use` provides the sandbox later. */
  begin(request: JobRequest, client: OutputClient, stdin: Stdin | undefined): void {
    this.#request = request;
    this.#client = client;
    this.#stdin = stdin;
    this.#execution = begun;
    this.#early.length = 0;
    this.#launched = false;
    this.#output.reset();
    this.#sampling.reset();
    this.#denials = this.#ownDenials;
    this.#denials.clear();
    this.#beganAt = now();
  }

  /** Runs the job in `sandbox` as soon as that is ready. */
  use(sandbox: Sandbox): void {
    this.#sandbox = sandbox;
    sandbox.user = this;
    if (sandbox.gone) this.#step({ type: "gone" }); // a kept sandbox may have ended in between
    else if (sandbox.job.ready) this.#launch(sandbox);
  }

  /** There is no sandbox for the job: it does not begin. */
  fail(failure: Failure): void {
    this.#step({ type: "failed", failure });
    this.#step({ type: "gone" });
  }

  onReady(sandbox: Sandbox): void {
    if (this.waitsFor(sandbox)) this.#launch(sandbox);
  }

  /** Ends the job early. */
  stop(cause: Cause): void {
    if (this.#request === undefined) return;
    const sandbox = this.#sandbox;
    this.#step({ type: "stop", cause });
    if (sandbox !== this.#sandbox) return;
    // An interpreter that has not answered cannot be told: the job is started anew, and then ended.
    if (!this.#launched && sandbox?.job.warmFor !== undefined) this.#arming.letGo(sandbox);
  }

  /** Sends a signal to the job's process group, as soon as there is one. */
  signal(signal: number): void {
    if (this.#execution.phase === "starting") this.#early.push(signal);
    else this.#ending.signal(this.#sandbox, this.#execution.pid, signal);
  }

  /** The client can take output again. */
  pump(): void {
    this.#output.pump();
  }

  #launch(sandbox: Sandbox): void {
    const request = this.#request!;
    if (!this.#arming.armFor(request, sandbox)) return; // it will be ready again soon
    if (sandbox !== this.#sandbox) return;
    if (!this.#limit(sandbox)) return this.#step({ type: "gone" });
    if (sandbox.job.warmFor !== undefined) return this.#hand(sandbox);
    const started = sandbox.start(this.#arming.startProgram(request));
    if (started === "gone") return this.#arming.letGo(sandbox); // likewise
    if (started === "started") return this.#onSent(sandbox);
    this.#step({ type: "failed", failure: started });
    this.#step({ type: "gone" });
  }

  /** Gives the request to the interpreter that waits in `sandbox`. */
  #hand(sandbox: Sandbox): void {
    this.#deadlines.set("timeout", this.#request!.timeoutMs, () => this.stop({ kind: "timeout" }));
    this.#handing.hand(sandbox, this.#request!);
  }

  waitsFor(sandbox: Sandbox): boolean {
    return sandbox === this.#sandbox && !this.#launched;
  }

  onHanded(sandbox: Sandbox): void {
    this.#takeOver(sandbox);
    sandbox.begin();
    this.#onSent(sandbox);
    if (sandbox === this.#sandbox) this.timeline.mark("started");
  }

  onNotHanded(sandbox: Sandbox, failure: Failure): void {
    this.#takeOver(sandbox); // its end is the job's
    this.#launched = true;
    this.#step({ type: "failed", failure });
  }

  #takeOver(sandbox: Sandbox): void {
    const { denials, cpuMs } = this.#arming.warming.take(sandbox);
    this.#denials = denials ?? this.#ownDenials;
    this.#denials.user = this;
    this.timeline.aheadCpuMs = cpuMs;
  }

  /** The job has all that it needs to begin. */
  #onSent(sandbox: Sandbox): void {
    const request = this.#request!;
    this.#launched = true;
    this.#profile = this.#profiles[request.language.profile];
    this.timeline.mark("written");
    const client = request.stream ? this.#client : undefined;
    this.#output.open(sandbox, client, request.outputTotalBytes);
    if (this.#stdin === undefined) sandbox.job.closeStream("stdin");
    else this.#stdin.open(sandbox);
    this.#deadlines.set("timeout", request.timeoutMs, () => this.stop({ kind: "timeout" }));
    this.#sampling.begin(sandbox, request, this.#client!, this.#beganAt);
    // An armed job has them already.
    if (sandbox.job.pid > 0) this.onStarted(sandbox);
    if (sandbox.job.listener >= 0) this.onListener(sandbox);
  }

  /**
   * Sets the limits of the job's cgroup, if it has one. False if that failed: nothing may run then.
   */
  #limit(sandbox: Sandbox): boolean {
    try {
      sandbox.leaf?.limit(this.#request!.limits);
      return true;
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      this.#step({ type: "failed", failure: { step: error.detail, errno: error.code } });
      return false;
    }
  }

  // A kept sandbox still reports here after its run. Those reports do not concern another run.

  onStarted(sandbox: Sandbox): void {
    if (sandbox !== this.#sandbox) return;
    // With "exec once" its execve is reported, and that marks the start instead.
    if (!this.#platform.seccomp || this.#profile?.exec !== "once") this.timeline.mark("started");
    this.#step({ type: "started", pid: sandbox.job.pid });
    for (const signal of this.#early.splice(0)) {
      if (sandbox === this.#sandbox) this.signal(signal);
    }
  }

  onListener(sandbox: Sandbox): void {
    if (sandbox !== this.#sandbox) return;
    const { listener } = sandbox.job;
    sandbox.job.listener = -1; // it is this object's now
    this.#denials.listen(listener, this.#profile!);
  }

  onExec(): void {
    this.timeline.mark("started");
  }

  onTooManyDenied(): void {
    this.stop({ kind: "limit", limit: "denied" });
  }

  onFailed(sandbox: Sandbox, failure: Failure): void {
    if (sandbox === this.#sandbox) this.#step({ type: "failed", failure });
  }

  onEnded(sandbox: Sandbox, end: JobEnd): void {
    if (sandbox !== this.#sandbox) return;
    this.timeline.mark("ended");
    this.#step({ type: "ended", end });
  }

  onReaped(sandbox: Sandbox, left: boolean, usage: Usage): void {
    if (sandbox !== this.#sandbox) return;
    const end = this.#execution.end;
    if (end !== undefined) this.#execution = { ...this.#execution, end: { ...end, usage } };
    this.#step({ type: "reaped", left });
  }

  onGone(sandbox: Sandbox): void {
    if (sandbox !== this.#sandbox) return;
    if (sandbox.why !== undefined) this.#step({ type: "failed", failure: sandbox.why });
    this.#step({ type: "gone" });
  }

  #step(event: ExecutionEvent): void {
    if (this.#request === undefined) return;
    const [execution, actions] = step(this.#execution, event);
    this.#execution = execution;
    const { pid } = execution;
    for (const action of actions) {
      switch (action) {
        case "terminate":
          this.#ending.terminate(this.#sandbox, pid);
          break;
        case "kill":
          this.#ending.kill(this.#sandbox, pid);
          break;
        case "reap":
          this.#ending.reap(this.#sandbox, execution.rounds);
          break;
        case "give-up":
          throw new FatalError("Cannot end a job: processes survive SIGKILL");
        case "finish":
          this.#finish();
      }
    }
  }

  #finish(): void {
    this.#deadlines.clear();
    this.#sampling.end();
    this.#output.finish();
    const sandbox = this.#sandbox;
    // A program that ended well, with input or output that was lost, has not run as it was asked to.
    const lost = this.#output.failure ?? this.#stdin?.failure;
    if (lost !== undefined) this.#execution = { failure: lost, ...this.#execution };
    this.timeline.mark("result");
    const { message, bodies, usage } = resultOf({
      request: this.#request!,
      execution: this.#execution,
      wallMs: now() - this.#beganAt,
      peakBytes: this.#sampling.peakBytes,
      cgroup: sandbox?.leaf?.total(),
      usageBefore: sandbox?.usageBefore ?? nothingUsed,
      stdout: this.#output.stdout,
      stderr: this.#output.stderr,
      denied: this.#denials.list(),
      deniedMore: this.#denials.more,
      timing: this.timeline.timing(),
    });
    if (sandbox !== undefined) sandbox.usageBefore = usage;
    const broken = sandbox === undefined || sandbox.closed || this.#execution.end === undefined;
    this.#request = undefined;
    this.#client = undefined;
    this.#sandbox = undefined;
    this.onOver({ message, bodies, sandbox: broken ? undefined : sandbox });
  }

  /** Lets go of what the job that is over had: its output too, which its end has told. */
  close(): void {
    this.#output.close();
    this.#denials.close();
  }
}
