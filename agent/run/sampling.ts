// Looks at a running job again and again, and says when it breaks a limit that only looking can
// see.
//
// With a cgroup the kernel holds memory and processes, and knows the CPU time of the whole job;
// without one, samples of its processes stand in. It must never outlive the run: whoever begins it
// ends it.

import type { CompiledPolicy } from "../../policy/compiled.ts";
import type { Platform } from "../../sandbox/layout.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { LimitName } from "./execution.ts";
import { type Loop, now, type Timer } from "../core/loop.ts";
import type { OutputClient } from "./output.ts";
import type { JobRequest } from "./result.ts";
import { type Sample, Sampler } from "./sampler.ts";

/** How many times more often a job is sampled that uses over half of its memory. */
const NEAR = 5;

/** Samples one run at a time. */
export class Sampling {
  readonly #sampler: Sampler;
  /**
   * How many the guest has: a job's CPU time passes at most so many times as fast as the clock's.
   */
  readonly #processors = navigator.hardwareConcurrency;
  #request!: JobRequest;
  /** Who is told what the job uses, if somebody asked. */
  #client: OutputClient | undefined;
  #sandbox: Sandbox | undefined;
  #beganAt = 0;
  #sampleTimer: Timer | undefined;
  #sampleMs = 0;
  #cpuTimer: Timer | undefined;
  #atProcessLimit = 0;
  /** Largest sum of resident memory in the samples so far, in bytes; 0 where a cgroup keeps it. */
  peakBytes = 0;

  /** @param onBreach Told which limit the job has broken. */
  constructor(
    readonly loop: Loop,
    readonly platform: Platform,
    readonly policy: CompiledPolicy,
    readonly onBreach: (limit: LimitName) => void,
  ) {
    this.#sampler = new Sampler(platform.arch);
  }

  /** Forgets the job before. */
  reset(): void {
    this.peakBytes = 0;
    this.#atProcessLimit = 0;
  }

  /** The job in `sandbox` was started, in a run that began at `beganAt`. */
  begin(sandbox: Sandbox, request: JobRequest, client: OutputClient, beganAt: number): void {
    this.#sandbox = sandbox;
    this.#request = request;
    this.#client = request.usage ? client : undefined;
    this.#beganAt = beganAt;
    this.#sampleMs = this.policy.limits.sample_ms;
    this.#sampleLater();
    this.#watchCpu(0);
  }

  /** The run is over. */
  end(): void {
    this.#sandbox = undefined;
    this.#client = undefined;
    this.loop.cancel(this.#sampleTimer);
    this.loop.cancel(this.#cpuTimer);
    this.#sampler.forget();
  }

  #sampleLater(): void {
    this.#sampleTimer = this.loop.after(this.#sampleMs, () => this.#sample());
  }

  #sample(): void {
    const sandbox = this.#sandbox;
    if (sandbox === undefined) return;
    this.#sampleLater();
    if (sandbox.leaf !== undefined) return this.#look(sandbox.leaf.sample());
    const request = this.#request;
    this.#sampler.sample(sandbox, (sample) => {
      if (this.#sandbox === sandbox && this.#request === request) this.#look(sample);
    });
  }

  /**
   * A cgroup knows the CPU time of the whole job: looks whenever the limit can have been reached.
   */
  #watchCpu(usedMs: number): void {
    const leaf = this.#sandbox?.leaf;
    if (leaf === undefined) return;
    const { cpu_ms, cpu_percent } = this.#request.limits;
    if (usedMs >= cpu_ms) return this.onBreach("cpu");
    const speed = Math.min(this.#processors, cpu_percent / 100);
    const nextMs = (cpu_ms - usedMs) / speed;
    this.#cpuTimer = this.loop.after(nextMs, () => this.#watchCpu(leaf.cpuMs()));
  }

  #look(sample: Sample): void {
    const { limits } = this.#request;
    if (!this.platform.cgroup) { // there the kernel limits it, and keeps its peak
      this.peakBytes = Math.max(this.peakBytes, sample.memoryBytes);
      if (sample.memoryBytes > limits.memory_bytes) this.onBreach("memory");
      // Only samples see it: a job that comes near its limit is looked at more often.
      const near = sample.memoryBytes > limits.memory_bytes / 2;
      this.#sampleMs = this.policy.limits.sample_ms / (near ? NEAR : 1);
    }
    // One sample at the limit is a program that uses what it may; two in a row are one that is
    // stuck there. Where it is known that it never asked for more, it is not stuck.
    const isAtLimit = sample.threads >= limits.processes && sample.refusedForks !== 0;
    this.#atProcessLimit = isAtLimit ? this.#atProcessLimit + 1 : 0;
    if (this.#atProcessLimit >= 2) this.onBreach("processes");
    // A sample is worth nothing later: a client that is behind is spared it.
    if (!this.#client?.writable) return;
    this.#client.send({
      type: "usage",
      wall_ms: Math.round(now() - this.#beganAt),
      cpu_ms: sample.cpuMs,
      memory_bytes: sample.memoryBytes,
      processes: sample.processes,
    } as { type: string });
  }
}
