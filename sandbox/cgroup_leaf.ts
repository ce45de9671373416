// A job's cgroup as the agent sees it: the open files of its leaf, written and read in place.
//
// The runner opens the files and sends them to the agent. So the agent sets limits, samples and
// kills without opening anything and without asking another process. A job can never reach these
// files.

import { cpuMax, keyedValue, lineCount } from "../linux/cgroup_files.ts";
import { E, SysError } from "../linux/errno.ts";
import { closeFd, preadFd, pwriteFd } from "../linux/fd.ts";
import { leafFiles } from "./cgroup_program.ts";
import type { JobLimits, SandboxLimits } from "./job_limits.ts";

/** What all processes of a leaf use at one moment. */
export interface LeafSample {
  /** CPU time since the leaf was made, of running and ended processes. */
  readonly cpuMs: number;
  /**
   * Everything the kernel charges to the leaf, in bytes: anonymous memory, tmpfs pages, stacks,
   * pipes ...
   */
  readonly memoryBytes: number;
  /** Processes, without zombies. */
  readonly processes: number;
  /** Threads of all processes, including zombies: what pids.max limits. */
  readonly threads: number;
  /** How often a fork or a new thread was refused because of pids.max. */
  readonly refusedForks: number;
}

/** What is read from a leaf when its run is over. */
export interface LeafTotal {
  readonly cpuUserMs: number;
  readonly cpuSystemMs: number;
  /** The most memory charged to the leaf at one time, in bytes. */
  readonly peakBytes: number;
  /** Whether the kernel killed a process in it because memory ran out. */
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

/** Large enough for cgroup.procs of a full leaf; the other files are far shorter. */
const READ_SIZE = 4096;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const buffer = new Uint8Array(READ_SIZE);

/** One leaf. `close` closes its files, once. */
export class CgroupLeaf {
  readonly #fds: Record<LeafFile, number>;
  readonly #written = new Map<LeafFile, string>();
  #closed = false;

  /**
   * @param number The leaf's number, used to remove it.
   * @param fds Its files in the order of `leafFiles`; from now on this object owns them.
   */
  constructor(readonly number: number, fds: readonly number[]) {
    const entries = leafFiles.map(({ name }, index) => [name, fds[index]]);
    this.#fds = Object.fromEntries(entries);
  }

  /**
   * Sets the limits of everything that runs in it, now or later. A limit already set costs nothing.
   *
   * @throws SysError if the kernel refuses: then nothing may run in it.
   */
  limit({ memory_bytes, processes, cpu_percent }: LeafLimits): void {
    this.#set("memory.max", `${memory_bytes}`);
    this.#set("pids.max", `${processes}`);
    this.#set("cpu.max", cpuMax(cpu_percent));
  }

  /** Kills every process in it at once, including those that are just being forked. */
  kill(): void {
    this.#write("cgroup.kill", "1");
  }

  /** The present usage. */
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

  /** What the run used in total. */
  total(): LeafTotal {
    const cpu = this.#read("cpu.stat");
    return {
      cpuUserMs: keyedValue(cpu, "user_usec") / 1000,
      cpuSystemMs: keyedValue(cpu, "system_usec") / 1000,
      peakBytes: Number(this.#read("memory.peak")),
      outOfMemory: isOutOfMemory(this.#read("memory.events")),
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
    const bytes = encoder.encode(value);
    const given = pwriteFd(this.#fds[file], bytes, 0);
    const written = given >= 0 && given !== bytes.length ? -E.EIO : given;
    if (written < 0) throw new SysError("pwrite", written, `write "${value}" to ${file}`);
  }

  #read(file: LeafFile): string {
    const count = preadFd(this.#fds[file], buffer, 0);
    if (count < 0) throw new SysError("pread", count, `read ${file}`);
    return decoder.decode(buffer.subarray(0, count));
  }
}

/**
 * Whether a process was killed because the job had reached its limit. "oom_kill" alone also counts
 * those that the kernel killed because all of the machine's memory was used up (cgroup v2, "Memory
 * Interface Files").
 */
function isOutOfMemory(events: string): boolean {
  return keyedValue(events, "oom_kill") > 0 && keyedValue(events, "oom") > 0;
}
