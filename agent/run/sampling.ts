// Samples a running job repeatedly, and reports limits that only sampling can check.
//
// With a cgroup the kernel limits memory and processes, and knows the CPU time of the whole job.
// Without one, samples of its processes replace that. Sampling must never outlive the run: whoever
// begins it ends it.

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
   * Processors of the guest: a job's CPU time can pass at most this many times faster than real
   * time.
   */
  readonly #processors = navigator.hardwareConcurrency;
  #request!: JobRequest;
  /** Receives usage reports, if the client asked for them. */
  #client: OutputClient | undefined;
  #sandbox: Sandbox | undefined;
  #beganAt = 0;
  #sampleTimer: Timer | undefined;
  #sampleMs = 0;
  #cpuTimer: Timer | undefined;
  #atProcessLimit = 0;
  /**
   * Largest total of resident memory in the samples so far, in bytes; 0 if a cgroup measures it.
   */
  peakBytes = 0;

  /** @param onBreach Called with the limit the job has exceeded. */
  constructor(
    readonly loop: Loop,
    readonly platform: Platform,
    readonly policy: CompiledPolicy,
    readonly onBreach: (limit: LimitName) => void,
  ) {
    this.#sampler = new Sampler(platform.arch);
  }

  /** Clears the state of the previous job. */
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

  /** Reads the job's CPU time from its cgroup, each time the limit could have been reached. */
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
    const sandbox = this.#sandbox;
    if (!this.platform.cgroup) { // with a cgroup the kernel limits memory and records the peak
      this.peakBytes = Math.max(this.peakBytes, sample.memoryBytes);
      if (sample.memoryBytes > limits.memory_bytes) this.onBreach("memory");
      if (sandbox !== this.#sandbox) return; // that has ended the run: the sample is not the next one's
      // Only samples see it: a job that comes near its limit is looked at more often.
      const near = sample.memoryBytes > limits.memory_bytes / 2;
      this.#sampleMs = this.policy.limits.sample_ms / (near ? NEAR : 1);
    }
    // A program at the limit in one sample may just use what it is allowed; in two samples in a row
    // it is stuck there. If it is known that no fork was refused, it is not stuck.
    const isAtLimit = sample.threads >= limits.processes && sample.refusedForks !== 0;
    this.#atProcessLimit = isAtLimit ? this.#atProcessLimit + 1 : 0;
    if (this.#atProcessLimit >= 2) this.onBreach("processes");
    if (sandbox !== this.#sandbox) return;
    // A late sample is useless, so a client that is behind does not get it.
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
