// One run: a sandbox, a job in it, its streams, its limits, and the one result that it owes its client.
//
// It carries out what execution.ts decides. There is one instance, used for one run after another, with
// buffers that are allocated once.

import { EPOLLET, EPOLLIN, EPOLLOUT, SIGKILL, SIGTERM } from "../linux/constants.ts";
import { E } from "../linux/errno.ts";
import { closeFd, writeFd } from "../linux/fd.ts";
import type { CompiledPolicy, Profile } from "../policy/compiled.ts";
import { type Job, jobProgram } from "../sandbox/job_program.ts";
import type { JobEnd, Usage } from "../sandbox/job_end.ts";
import { reapProgram, signalProgram } from "../sandbox/keeper_program.ts";
import type { Ground } from "../sandbox/layout.ts";
import { Program } from "../sandbox/program.ts";
import type { Failure } from "../sandbox/report.ts";
import type { Sandbox, SandboxUser } from "../sandbox/sandbox.ts";
import { streamProgram } from "../sandbox/stream_program.ts";
import { Denials } from "./denials.ts";
import { begun, type Cause, type Execution, type ExecutionEvent, step } from "./execution.ts";
import { FatalError } from "./fatal.ts";
import { type Loop, now, type Timer } from "./loop.ts";
import { Ring } from "./ring.ts";
import { type JobRequest, resultOf } from "./result.ts";
import { type Sample, Sampler } from "./sampler.ts";
import { OutputStream } from "./stream.ts";
import { Timeline } from "./timeline.ts";

/** Whoever asked for the run. */
export interface RunClient {
  /** Whether a piece of output can be taken without queueing. */
  readonly writable: boolean;
  /** Since when it has taken nothing, on the loop's clock. */
  readonly blockedSince: number;
  /** Queues a message, and bytes behind it. */
  send(message: { type: string }, ...bodies: Uint8Array[]): void;
  /** Sends a piece of output. Only when `writable`. */
  sendPiece(stream: "stdout" | "stderr", offset: number, piece: Uint8Array): void;
  /** The result was queued: the run is over. `broken`: its sandbox can be used for nothing more. */
  onRunOver(broken: boolean): void;
  /** More of the stdin that was sent can be taken. */
  onStdinRoom(): void;
}

/** Time that a client which takes no output is waited for. */
const STALL_MS = 50;
/** Pieces of output that are moved before others get their turn. */
const PIECES = 8;
/** Time after SIGKILL until the runner's report is given up. */
const KILL_MS = 5_000;
/** Bytes of stdin that wait for the job. */
const STDIN_WAITING = 1 << 20;
/** Time between two looks at what outlived its SIGKILL. */
const REAP_MS = 5;

/** Carries out one run at a time. */
export class Run implements SandboxUser {
  readonly #program: Program;
  readonly #keeperProgram: Program;
  readonly #streams: OutputStream[];
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
  #stdin: Uint8Array[] = [];
  #stdinWaiting = 0;
  #stdinEnds = false;
  #peakBytes = 0;
  #lastSample: Sample | undefined;
  #atProcessLimit = 0;
  #pumping = false;

  constructor(
    readonly loop: Loop,
    readonly ground: Ground,
    readonly policy: CompiledPolicy,
    readonly profiles: Readonly<Record<string, Profile>>,
    syscallName: (number: number) => string,
  ) {
    this.#program = new Program(ground.arch);
    this.#keeperProgram = new Program(ground.arch);
    const ring = () => new Ring(policy.limits.output_bytes);
    this.#streams = [new OutputStream("stdout", ring()), new OutputStream("stderr", ring())];
    this.#sampler = new Sampler(ground.arch);
    this.#denials = new Denials(ground.arch, syscallName);
  }

  /** Whether a run is under way. */
  get busy(): boolean {
    return this.#client !== undefined;
  }

  /** The sandbox of the run that is under way. */
  get sandbox(): Sandbox | undefined {
    return this.#sandbox;
  }

  /** Begins a run for `client`; the sandbox comes later, with `use`. */
  begin(client: RunClient, request: JobRequest): void {
    this.#client = client;
    this.#request = request;
    this.#execution = begun;
    this.#stdin = [];
    this.#stdinWaiting = 0;
    this.#stdinEnds = false;
    this.#peakBytes = 0;
    this.#lastSample = undefined;
    this.#atProcessLimit = 0;
    this.#denials.clear();
    this.#beganAt = now();
  }

  /** Runs the job in `sandbox`, as soon as that is ready. */
  use(sandbox: Sandbox): void {
    this.#sandbox = sandbox;
    sandbox.user = this;
    if (sandbox.ready) this.#launch(sandbox);
  }

  onReady(sandbox: Sandbox): void {
    if (sandbox === this.#sandbox && this.busy && this.#execution === begun) this.#launch(sandbox);
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

  /** Gives the job standard input. The bytes are copied. */
  writeStdin(bytes: Uint8Array): void {
    if (this.#stdinEnds || bytes.length === 0) return;
    this.#stdin.push(bytes.slice());
    this.#stdinWaiting += bytes.length;
    this.#pumpStdin();
  }

  /** Ends the job's standard input. */
  endStdin(): void {
    this.#stdinEnds = true;
    this.#pumpStdin();
  }

  /** Whether more standard input may be given now. */
  get stdinRoom(): boolean {
    return this.#stdinWaiting < STDIN_WAITING;
  }

  /** The client can take output again. */
  onClientWritable(): void {
    if (this.busy) this.#pump();
  }

  #launch(sandbox: Sandbox): void {
    const { request } = this;
    const language = request.language;
    this.#profile = this.profiles[language.profile];
    sandbox.used = true;
    const job: Job = {
      language,
      code: request.code,
      args: request.args,
      env: request.env,
      limits: request.limits,
      filter: {
        program: this.#profile?.filter[this.ground.arch] ?? new Uint8Array(0),
        tell: this.#profile?.otherwise.kind === "tell",
      },
    };
    jobProgram(this.#program.reset(), this.ground, job);
    sandbox.run(this.#program);
    if (!this.busy) return; // it had gone: the run is over
    this.timeline.mark("written");
    const { stdout, stderr, stdin } = sandbox.streams;
    [stdout, stderr].forEach((fd, index) => {
      const stream = this.#streams[index];
      stream.open(fd);
      this.loop.watch(fd, () => this.#onReadable(stream));
    });
    this.loop.watch(stdin, () => this.#pumpStdin(), EPOLLOUT | EPOLLET);
    if (request.stdin !== undefined) this.writeStdin(request.stdin);
    if (!request.stdinStreams) this.endStdin();
    this.#arm("timeout", request.timeoutMs, () => this.stop({ kind: "timeout" }));
    this.#arm("sample", this.policy.limits.sample_ms, () => this.#sample());
  }

  get request(): JobRequest {
    return this.#request;
  }

  // A sandbox that is kept stays ours after its run: what it says then means nothing to another run.

  onStarted(sandbox: Sandbox, pid: number): void {
    if (sandbox !== this.#sandbox) return;
    this.timeline.mark("started");
    this.#step({ type: "started", pid });
  }

  onListener(sandbox: Sandbox, listener: number): void {
    if (sandbox !== this.#sandbox) return void closeFd(listener);
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
          this.signal(SIGKILL);
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

  #onReadable(stream: OutputStream): void {
    stream.readable = true;
    this.timeline.mark("output");
    this.#pump();
  }

  /** Moves output, a few pieces at a time. */
  #pump(): void {
    if (this.#pumping || !this.busy) return;
    for (let pieces = 0; pieces < PIECES; pieces++) {
      let moved = false;
      for (const stream of this.#streams) moved = this.#move(stream) || moved;
      if (!moved) return;
    }
    this.#pumping = true;
    this.loop.soon(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  #move(stream: OutputStream): boolean {
    let moved = false;
    if (stream.fd >= 0 && stream.readable && !this.#waits(stream)) {
      const count = stream.read();
      if (count < 0) this.#closeStream(stream);
      moved = count > 0;
      if (moved) this.#checkOutput();
    }
    return this.#sendPiece(stream) || moved;
  }

  /** Whether the client is behind, but not yet so long that it is not waited for. */
  #waits(stream: OutputStream): boolean {
    if (!this.#request.stream || this.#client!.writable) return false;
    if (stream.backlog < stream.ring.size / 2) return false;
    const left = this.#client!.blockedSince + STALL_MS - now();
    if (left <= 0) return false;
    this.#arm("stall", left, () => this.#pump());
    return true;
  }

  #sendPiece(stream: OutputStream): boolean {
    if (!this.#request.stream || stream.backlog === 0 || !this.#client!.writable) return false;
    const { offset, piece } = stream.take();
    this.#client!.sendPiece(stream.name, offset, piece);
    return true;
  }

  #checkOutput(): void {
    const total = this.#streams[0].ring.total + this.#streams[1].ring.total;
    if (total > this.#request.outputTotalBytes) this.stop({ kind: "limit", limit: "output" });
  }

  #closeStream(stream: OutputStream): void {
    this.loop.unwatch(stream.fd);
    stream.fd = -1;
    this.#sandbox?.closeStream(stream.name);
  }

  #pumpStdin(): void {
    const fd = this.#sandbox?.streams.stdin ?? -1;
    if (fd < 0) return;
    while (this.#stdin.length > 0) {
      const count = writeFd(fd, this.#stdin[0]);
      if (count === -E.EINTR) continue;
      if (count === -E.EAGAIN) return;
      if (count < 0) { // EPIPE: the job reads no more
        this.#stdin = [];
        this.#stdinWaiting = 0;
        break;
      }
      this.#stdinWaiting -= count;
      this.#stdin[0] = this.#stdin[0].subarray(count);
      if (this.#stdin[0].length === 0) this.#stdin.shift();
    }
    if (this.#stdinEnds) this.#closeStdin();
    else this.#client?.onStdinRoom();
  }

  #closeStdin(): void {
    const sandbox = this.#sandbox;
    if (sandbox === undefined || sandbox.streams.stdin < 0) return;
    this.loop.unwatch(sandbox.streams.stdin);
    sandbox.closeStream("stdin");
  }

  #sample(): void {
    const sandbox = this.#sandbox;
    if (!this.busy || sandbox === undefined) return;
    this.#arm("sample", this.policy.limits.sample_ms, () => this.#sample());
    const execution = this.#execution;
    this.#sampler.sample(sandbox, (sample) => {
      if (this.busy && this.#sandbox === sandbox && execution.phase !== "over") this.#look(sample);
    });
  }

  #look(sample: Sample): void {
    this.#lastSample = sample;
    this.#peakBytes = Math.max(this.#peakBytes, sample.memoryBytes);
    const { limits } = this.#request;
    if (sample.memoryBytes > limits.memory_bytes) this.stop({ kind: "limit", limit: "memory" });
    // One sample at the limit is a program that uses what it may; two in a row are one that is stuck there.
    this.#atProcessLimit = sample.threads >= limits.processes ? this.#atProcessLimit + 1 : 0;
    if (this.#atProcessLimit >= 2) this.stop({ kind: "limit", limit: "processes" });
    if (!this.#request.usage) return;
    this.#client!.send({
      type: "usage",
      wall_ms: Math.round(now() - this.#beganAt),
      cpu_ms: sample.cpuMs,
      memory_bytes: sample.memoryBytes,
      processes: sample.processes,
    } as { type: string });
  }

  #finish(): void {
    for (const stream of this.#streams) this.#drain(stream);
    for (const timer of Object.values(this.#timers)) this.loop.cancel(timer);
    this.#timers = {};
    this.#sampler.forget();
    this.#closeListener();
    const client = this.#client!;
    const sandbox = this.#sandbox!;
    for (const stream of this.#streams) if (stream.fd >= 0) this.#closeStream(stream);
    this.#closeStdin();
    if (this.#request.stream) this.#sendRest(client);
    this.timeline.mark("result");
    const { message, bodies, usage } = resultOf({
      request: this.#request,
      execution: this.#execution,
      wallMs: now() - this.#beganAt,
      peakBytes: this.#peakBytes,
      usageBefore: sandbox.usageBefore,
      stdout: this.#streams[0],
      stderr: this.#streams[1],
      denied: this.#denials.list(),
      timing: this.timeline.timing(),
    });
    sandbox.usageBefore = usage;
    this.#client = undefined;
    this.#sandbox = undefined;
    client.send(message, ...bodies);
    const broken = sandbox.closed || this.#execution.end === undefined;
    if (this.#request.keep && !broken) {
      streamProgram(this.#program.reset(), this.ground);
      sandbox.run(this.#program);
    }
    client.onRunOver(broken);
  }

  /** Everything has ended that could write: what the pipe still holds is all there is. */
  #drain(stream: OutputStream): void {
    if (stream.fd < 0) return;
    stream.readable = true;
    while (stream.read() > 0) { /* until the pipe is empty */ }
  }

  /** The client gets copies of what it has not been sent: the rings are free for the next run. */
  #sendRest(client: RunClient): void {
    for (const stream of this.#streams) {
      while (stream.backlog > 0) {
        const { offset, piece } = stream.take();
        const message = { type: stream.name, offset, bytes: piece.length };
        client.send(message, piece.slice());
      }
    }
  }

  #closeListener(): void {
    if (this.#listener < 0) return;
    this.loop.unwatch(this.#listener);
    closeFd(this.#listener);
    this.#listener = -1;
  }
}
