// Measures the processes of a running job, through its sandbox's keeper.
//
// The agent itself can no longer open files. The keeper lists /proc of its PID namespace and reads
// each process's stat; this module adds up the values.

import type { ProcessStat } from "../../linux/proc_stat.ts";
import { BATCH, processesProgram, readStats, statProgram } from "../../sandbox/keeper_program.ts";
import { Program } from "../../sandbox/program.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { Arch } from "../../linux/syscall_numbers.ts";
import { directoryNames } from "../../linux/directory.ts";

/** What all processes of a job use at one moment. */
export interface Sample {
  /** CPU time so far, of live processes and the children they have waited for. */
  readonly cpuMs: number;
  /** Resident memory in bytes; shared pages count once for each process. */
  readonly memoryBytes: number;
  /** Processes, without zombies. */
  readonly processes: number;
  /** Threads of all processes, including zombies: what RLIMIT_NPROC counts. */
  readonly threads: number;
  /** How often a fork or a new thread was refused; undefined without a cgroup. */
  readonly refusedForks?: number;
}

/** Pids of the keeper and the runner, which are not part of the job. */
const OURS = new Set(["1", "2"]);

/** Samples one sandbox at a time. */
export class Sampler {
  readonly #program: Program;
  #busy = false;

  constructor(arch: Arch) {
    this.#program = new Program(arch);
  }

  /**
   * Asks for a sample of `sandbox`; `take` gets it later. Does nothing while a sample is in
   * progress.
   */
  sample(sandbox: Sandbox, take: (sample: Sample) => void): void {
    if (this.#busy || sandbox.closed) return;
    this.#busy = true;
    processesProgram(this.#program.reset());
    sandbox.ask(this.#program, (message) => {
      const count = Math.max(0, Number(message.getBigInt64(16, true)));
      const names = directoryNames(bytesOf(message, 24, count));
      const pids = names.filter((name) => /^\d+$/.test(name) && !OURS.has(name)).map(Number);
      this.#stat(sandbox, pids, { cpuMs: 0, memoryBytes: 0, processes: 0, threads: 0 }, take);
      return true;
    });
  }

  /** Forgets a sample that will never arrive because its sandbox is gone. */
  forget(): void {
    this.#busy = false;
  }

  #stat(sandbox: Sandbox, pids: number[], sum: Sample, take: (sample: Sample) => void): void {
    if (pids.length === 0) {
      this.#busy = false;
      return take(sum);
    }
    const batch = pids.slice(0, BATCH);
    statProgram(this.#program.reset(), batch);
    sandbox.ask(this.#program, (message) => {
      for (const stat of readStats(message, batch.length)) {
        if (stat !== undefined) sum = add(sum, stat);
      }
      this.#stat(sandbox, pids.slice(BATCH), sum, take);
      return true;
    });
  }
}

function bytesOf(message: DataView, at: number, length: number): Uint8Array {
  const most = Math.max(0, Math.min(length, message.byteLength - at));
  return new Uint8Array(message.buffer, message.byteOffset + at, most);
}

function add(sum: Sample, { zombie, cpuMs, memoryBytes, threads }: ProcessStat): Sample {
  return {
    cpuMs: sum.cpuMs + cpuMs,
    memoryBytes: sum.memoryBytes + memoryBytes,
    processes: sum.processes + (zombie ? 0 : 1),
    threads: sum.threads + threads,
  };
}
