// A job's cgroup as the agent holds it: the open files of its leaf, written and read in place.
//
// The runner opens them and hands them over, so the agent sets limits, samples and kills without
// opening anything and without a hop through another process. Whatever a job does, it cannot reach
// them.

import { cpuMax, keyedValue, lineCount } from "../linux/cgroup_files.ts";
import { SysError } from "../linux/errno.ts";
import { closeFd, preadFd, pwriteFd } from "../linux/fd.ts";
import { leafFiles } from "./cgroup_program.ts";
import type { JobLimits, SandboxLimits } from "./job_limits.ts";

/** What all processes of a leaf use at one moment. */
export interface LeafSample {
  /** CPU time since the leaf was made, of the living and the dead. */
  readonly cpuMs: number;
  /**
   * Everything the kernel charges to the leaf: anonymous memory, tmpfs pages, stacks, pipes ... in
   * bytes.
   */
  readonly memoryBytes: number;
  /** Processes, without zombies. */
  readonly processes: number;
  /** Threads of all processes, zombies too: what pids.max limits. */
  readonly threads: number;
  /** How often a fork, or a new thread, was refused for pids.max. */
  readonly refusedForks: number;
}

/** What a leaf says when its run is over. */
export interface LeafTotal {
  readonly cpuUserMs: number;
  readonly cpuSystemMs: number;
  /** The most that was charged to the leaf at one time, in bytes. */
  readonly peakBytes: number;
  /** Whether the kernel killed in it for memory. */
  readonly outOfMemory: boolean;
}

/** What a leaf can limit. */
export type LeafLimits = Pick<JobLimits, "memory_bytes" | "processes" | "cpu_percent">;

/** The limits of a run that asks for none. */
export function usualLimits({ memory_bytes, processes, cpu_percent }: SandboxLimits): LeafLimits {
  return {
    memory_bytes: memory_bytes.default,
    processes: processes.default,
    cpu_percent: cpu_percent.default,
  };
}

type LeafFile = (typeof leafFiles)[number]["name"];

/** Room for cgroup.procs of a full leaf; the other files are far shorter. */
const READ_SIZE = 4096;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const buffer = new Uint8Array(READ_SIZE);

/** One leaf. Its files are closed once, by `close`. */
export class CgroupLeaf {
  readonly #fds: Record<LeafFile, number>;
  readonly #written = new Map<LeafFile, string>();
  #closed = false;

  /**
   * @param number By which it is removed.
   * @param fds Its files in the order of `leafFiles`; they belong to the leaf from now on.
   */
  constructor(readonly number: number, fds: readonly number[]) {
    const entries = leafFiles.map(({ name }, index) => [name, fds[index]]);
    this.#fds = Object.fromEntries(entries);
  }

  /**
   * Sets the limits of what runs in it, or will. A limit that is already set costs nothing.
   *
   * @throws SysError where the kernel refuses: then nothing may run in it.
   */
  limit({ memory_bytes, processes, cpu_percent }: LeafLimits): void {
    this.#set("memory.max", `${memory_bytes}`);
    this.#set("pids.max", `${processes}`);
    this.#set("cpu.max", cpuMax(cpu_percent));
  }

  /** Kills every process in it at once, and whatever is being forked. */
  kill(): void {
    this.#write("cgroup.kill", "1");
  }

  /** What is used now. */
  sample(): LeafSample {
    return {
      cpuMs: this.cpuMs(),
      memoryBytes: Number(this.#read("memory.current")),
      processes: lineCount(this.#read("cgroup.procs")),
      threads: Number(this.#read("pids.current")),
      refusedForks: keyedValue(this.#read("pids.events"), "max"),
    };
  }

  /** CPU time so far, in milliseconds. */
  cpuMs(): number {
    return keyedValue(this.#read("cpu.stat"), "usage_usec") / 1000;
  }

  /** What the run used in all. */
  total(): LeafTotal {
    const cpu = this.#read("cpu.stat");
    return {
      cpuUserMs: keyedValue(cpu, "user_usec") / 1000,
      cpuSystemMs: keyedValue(cpu, "system_usec") / 1000,
      peakBytes: Number(this.#read("memory.peak")),
      outOfMemory: keyedValue(this.#read("memory.events"), "oom_kill") > 0,
    };
  }

  /** Closes its files. The directory stays until the zygote removes it. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const fd of Object.values(this.#fds)) closeFd(fd);
  }

  #set(file: LeafFile, value: string): void {
    if (this.#written.get(file) === value) return;
    this.#write(file, value);
    this.#written.set(file, value);
  }

  #write(file: LeafFile, value: string): void {
    const written = pwriteFd(this.#fds[file], encoder.encode(value), 0);
    if (written < 0) throw new SysError("pwrite", written, `write "${value}" to ${file}`);
  }

  #read(file: LeafFile): string {
    const count = preadFd(this.#fds[file], buffer, 0);
    if (count < 0) throw new SysError("pread", count, `read ${file}`);
    return decoder.decode(buffer.subarray(0, count));
  }
}
