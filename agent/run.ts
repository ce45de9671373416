// One run: a sandbox, a job in it, its streams, its limits, and the one result that it owes its client.
//
// It carries out what execution.ts decides. There is one instance, used for one run after another, with
// buffers that are allocated once.

import { EPOLLIN, SIGKILL, SIGTERM } from "../linux/constants.ts";
import { SysError } from "../linux/errno.ts";
import { closeFd } from "../linux/fd.ts";
import type { CompiledPolicy, Profile } from "../policy/compiled.ts";
import type { JobEnd, Usage } from "../sandbox/job_end.ts";
import { reapProgram, signalProgram } from "../sandbox/keeper_program.ts";
import type { Ground } from "../sandbox/layout.ts";
import { Program } from "../sandbox/program.ts";
import type { Failure } from "../sandbox/report.ts";
import type { Sandbox, SandboxUser } from "../sandbox/sandbox.ts";
import type { Arming } from "./arming.ts";
import { Denials } from "./denials.ts";
import { begun, type Cause, type Execution, type ExecutionEvent, step } from "./execution.ts";
import { FatalError } from "./fatal.ts";
import { type Loop, now, type Timer } from "./loop.ts";
import { Output, type OutputClient } from "./output.ts";
import { type JobRequest, resultOf } from "./result.ts";
import { type Sample, Sampler } from "./sampler.ts";
import { Stdin } from "./stdin.ts";
import { Timeline } from "./timeline.ts";

/** Whoever asked for the run. */
export interface RunClient extends OutputClient {
  /** The result was queued: the run is over. `broken`: its sandbox can be used for nothing more. */
  onRunOver(broken: boolean): void;
}

/** Time after SIGKILL until the runner's report is given up. */
const KILL_MS = 5_000;
/** Time between two looks at what outlived its SIGKILL. */
const REAP_MS = 5;

/** Carries out one run at a time. */
export class Run implements SandboxUser {
  readonly #program: Program;
  readonly #keeperProgram: Program;
  readonly #output: Output;
  readonly #stdin: Stdin;
  readonly #sampler: Sampler;
  readonly #denials: Denials;
  readonly timeline = new Timeline();
  #execution: Execution = begun;
  #request!: JobRequest;
  #client: RunClient | undefined;
  #sandbox: Sandbox | undefined;
  #listener = -1;
  #profile: Profile | undefined;
  #timers: Record<string, Timer> = {};
  #beganAt = 0;
  #peakBytes = 0;
  #atProcessLimit = 0;
  /** How many the guest has: a job's CPU time passes at most so many times as fast as the clock's. */
  readonly #processors = navigator.hardwareConcurrency;
  /** Whether the job was sent: a run may be stopped before its sandbox is ready. */
  #launched = false;

  constructor(
    readonly loop: Loop,
    readonly ground: Ground,
    readonly policy: CompiledPolicy,
    readonly profiles: Readonly<Record<string, Profile>>,
    readonly arming: Arming,
    syscallName: (number: number) => string,
  ) {
    this.#program = new Program(ground.arch);
    this.#keeperProgram = new Program(ground.arch);
    const { output_bytes } = policy.limits;
    const mark = () => this.timeline.mark("output");
    this.#output = new Output(loop, output_bytes, mark, () => this.#checkOutput());
    this.#stdin = new Stdin(loop);
    this.#sampler = new Sampler(ground.arch);
    this.#denials = new Denials(ground.arch, syscallName);
  }

  /** Whether a run is under way. */
  get busy(): boolean {
    return this.#client !== undefined;
  }

  /** Begins a run for `client`; the sandbox comes later, with `use`. */
  begin(client: RunClient, request: JobRequest): void {
    this.#client = client;
    this.#request = request;
    this.#execution = begun;
    this.#launched = false;
    this.#stdin.begin(request.stdinStreams ? client : undefined);
    if (request.stdin !== undefined) this.#stdin.write(request.stdin);
    if (!request.stdinStreams) this.#stdin.end();
    this.#output.reset();
    this.#peakBytes = 0;
    this.#atProcessLimit = 0;
    this.#denials.clear();
    this.#beganAt = now();
    this.arming.onRunBegins(request.language);
  }

  /** Runs the job in `sandbox`, as soon as that is ready. */
  use(sandbox: Sandbox): void {
    this.#sandbox = sandbox;
    sandbox.user = this;
    if (sandbox.ready) this.#launch(sandbox);
  }

  onReady(sandbox: Sandbox): void {
    if (sandbox === this.#sandbox && this.busy && !this.#launched) this.#launch(sandbox);
  }

  /** Ends the run early. */
  stop(cause: Cause): void {
    if (this.busy) this.#step({ type: "stop", cause });
  }

  /** Sends a signal to the job's process group. */
  signal(signal: number): void {
    const pid = this.#execution.pid;
    if (pid === undefined || this.#sandbox === undefined || this.#sandbox.closed) return;
    signalProgram(this.#keeperProgram.reset(), pid, signal);
    this.#sandbox.ask(this.#keeperProgram);
  }

  /** The job's standard input. */
  get stdin(): Stdin {
    return this.#stdin;
  }

  /** The client can take output again. */
  onClientWritable(): void {
    if (!this.busy) return;
    this.#stdin.tell();
    this.#output.pump();
  }

  #launch(sandbox: Sandbox): void {
    const { request } = this;
    if (!this.arming.armFor(request.language, sandbox)) return; // ready again soon
    if (!this.#limit(sandbox)) return this.#step({ type: "gone" });
    if (!sandbox.start(this.arming.startProgram(request))) return; // the same
    this.#launched = true;
    this.#profile = this.profiles[request.language.profile];
    this.timeline.mark("written");
    this.#output.open(sandbox, request.stream ? this.#client : undefined);
    this.#stdin.open(sandbox);
    this.#arm("timeout", request.timeoutMs, () => this.stop({ kind: "timeout" }));
    this.#arm("sample", this.policy.limits.sample_ms, () => this.#sample());
    this.#watchCpu();
    // Known already, where it was armed.
    if (sandbox.pid > 0) this.onStarted(sandbox);
    if (sandbox.listener >= 0) this.onListener(sandbox);
  }

  /** Sets the limits of the job's cgroup, if there is one; false: nothing may run in it. */
  #limit(sandbox: Sandbox): boolean {
    try {
      sandbox.leaf?.limit(this.#request.limits);
      return true;
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      this.#step({ type: "failed", failure: { step: error.detail, errno: error.code } });
      return false;
    }
  }

  get request(): JobRequest {
    return this.#request;
  }

  // A sandbox that is kept stays ours after its run: what it says then means nothing to another run.

  onStarted(sandbox: Sandbox): void {
    if (sandbox !== this.#sandbox) return;
    this.timeline.mark("started");
    this.#step({ type: "started", pid: sandbox.pid });
  }

  onListener(sandbox: Sandbox): void {
    if (sandbox !== this.#sandbox) return;
    const { listener } = sandbox;
    sandbox.listener = -1; // ours now
    this.#listener = listener;
    this.loop.watch(listener, (events) => {
      if ((events & EPOLLIN) === 0) return this.#closeListener();
      this.#denials.answer(listener, this.#profile!);
      if (this.#denials.total > this.policy.limits.denied) {
        this.stop({ kind: "limit", limit: "denied" });
      }
    }, EPOLLIN);
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
    if (sandbox === this.#sandbox) this.#step({ type: "gone" });
  }

  #step(event: ExecutionEvent): void {
    if (!this.busy) return;
    const [execution, actions] = step(this.#execution, event);
    this.#execution = execution;
    for (const action of actions) {
      switch (action) {
        case "terminate":
          this.signal(SIGTERM);
          this.#arm("grace", this.policy.limits.grace_ms, () => this.#step({ type: "grace-over" }));
          break;
        case "kill":
          if (this.#sandbox?.leaf === undefined) this.signal(SIGKILL);
          else this.#sandbox.leaf.kill();
          this.#arm("kill", KILL_MS, () => this.#step({ type: "gone" }));
          break;
        case "reap":
          this.#arm("reap", execution.rounds === 0 ? 0 : REAP_MS, () => this.#reap());
          break;
        case "give-up":
          throw new FatalError("Cannot end a job: processes survive SIGKILL");
        case "finish":
          this.#finish();
      }
    }
  }

  #reap(): void {
    const sandbox = this.#sandbox;
    if (sandbox === undefined || sandbox.closed) return;
    reapProgram(this.#program.reset());
    sandbox.run(this.#program);
  }

  #arm(name: string, delayMs: number, call: () => void): void {
    this.loop.cancel(this.#timers[name]);
    this.#timers[name] = this.loop.after(delayMs, call);
  }

  #checkOutput(): void {
    if (this.#output.total > this.#request.outputTotalBytes) {
      this.stop({ kind: "limit", limit: "output" });
    }
  }

  #sample(): void {
    const sandbox = this.#sandbox;
    if (!this.busy || sandbox === undefined) return;
    this.#arm("sample", this.policy.limits.sample_ms, () => this.#sample());
    if (sandbox.leaf !== undefined) return this.#look(sandbox.leaf.sample());
    const execution = this.#execution;
    this.#sampler.sample(sandbox, (sample) => {
      if (this.busy && this.#sandbox === sandbox && execution.phase !== "over") this.#look(sample);
    });
  }

  /** A cgroup knows the CPU time of the whole job: looks whenever the limit can have been reached. */
  #watchCpu(): void {
    const leaf = this.#sandbox?.leaf;
    if (!this.busy || leaf === undefined) return;
    const { cpu_ms, cpu_percent } = this.#request.limits;
    const left = cpu_ms - leaf.cpuMs();
    if (left <= 0) return this.stop({ kind: "limit", limit: "cpu" });
    const speed = Math.min(this.#processors, cpu_percent / 100);
    this.#arm("cpu", left / speed, () => this.#watchCpu());
  }

  #look(sample: Sample): void {
    const { limits } = this.#request;
    if (!this.ground.cgroup) { // there the kernel limits it, and keeps its peak
      this.#peakBytes = Math.max(this.#peakBytes, sample.memoryBytes);
      if (sample.memoryBytes > limits.memory_bytes) this.stop({ kind: "limit", limit: "memory" });
    }
    // One sample at the limit is a program that uses what it may; two in a row are one that is stuck there.
    this.#atProcessLimit = sample.threads >= limits.processes ? this.#atProcessLimit + 1 : 0;
    if (this.#atProcessLimit >= 2) this.stop({ kind: "limit", limit: "processes" });
    // A sample is worth nothing later: a client that is behind is spared it.
    if (!this.#request.usage || !this.#client!.writable) return;
    this.#client!.send({
      type: "usage",
      wall_ms: Math.round(now() - this.#beganAt),
      cpu_ms: sample.cpuMs,
      memory_bytes: sample.memoryBytes,
      processes: sample.processes,
    } as { type: string });
  }

  #finish(): void {
    for (const timer of Object.values(this.#timers)) this.loop.cancel(timer);
    this.#timers = {};
    this.#sampler.forget();
    this.#output.finish();
    this.#stdin.close();
    this.#closeListener();
    const client = this.#client!;
    const sandbox = this.#sandbox!;
    this.timeline.mark("result");
    const { message, bodies, usage } = resultOf({
      request: this.#request,
      execution: this.#execution,
      wallMs: now() - this.#beganAt,
      peakBytes: this.#peakBytes,
      cgroup: sandbox.leaf?.total(),
      usageBefore: sandbox.usageBefore,
      stdout: this.#output.stdout,
      stderr: this.#output.stderr,
      denied: this.#denials.list(),
      timing: this.timeline.timing(),
    });
    sandbox.usageBefore = usage;
    this.#client = undefined;
    this.#sandbox = undefined;
    client.send(message, ...bodies);
    const broken = sandbox.closed || this.#execution.end === undefined;
    if (this.#request.keep && !broken) this.arming.letGo(sandbox);
    client.onRunOver(broken);
  }

  #closeListener(): void {
    if (this.#listener < 0) return;
    this.loop.unwatch(this.#listener);
    closeFd(this.#listener);
    this.#listener = -1;
  }
}
