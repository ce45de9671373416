// The shapes of what `deno task policy` writes under policy/generated/.
//
// This is the only thing the sandbox and the agent know of the policy: typed constants, compiled
// in. Nothing here reads a file, and nothing parses a configuration while the agent runs.

import type { Arch } from "../linux/syscall_numbers.ts";
import type { JobLimits, Range, SandboxLimits } from "../sandbox/job_limits.ts";
import type { JobLanguage } from "../sandbox/language.ts";

/** Every limit of the policy. `_ms` are milliseconds, `_bytes` bytes, the rest counts. */
export interface Limits extends SandboxLimits {
  /** Wall time until SIGTERM. */
  readonly timeout_ms: Range;
  /** Time between SIGTERM and SIGKILL. */
  readonly grace_ms: number;
  /** Time between two samples of a running job. */
  readonly sample_ms: number;
  /**
   * CPU time of the whole job where there is a cgroup, and of one process (RLIMIT_CPU, whole
   * seconds, rounded up).
   */
  readonly cpu_ms: Range;
  /** Share of the processors: 100 is one of them. Only where there is a cgroup (cpu.max). */
  readonly cpu_percent: Range;
  /**
   * Memory of the whole job: cgroup v2 where there is one, else samples of resident memory, and
   * RLIMIT_DATA of twice as much.
   */
  readonly memory_bytes: Range;
  /** Processes and threads of the job at one time (RLIMIT_NPROC, pids.max). */
  readonly processes: Range;
  /** Highest descriptor number plus one (RLIMIT_NOFILE). */
  readonly open_files: Range;
  /** Largest file a job may write (RLIMIT_FSIZE). */
  readonly file_bytes: Range;
  /** RLIMIT_STACK. */
  readonly stack_bytes: Range;
  /** Largest code of a run request. */
  readonly code_bytes: number;
  /** Output kept per stream: the size of the ring. */
  readonly output_bytes: number;
  /** stdout and stderr together; beyond it the job is ended with `limit: output`. */
  readonly output_total_bytes: Range;
  /** Largest file of a put. */
  readonly put_bytes: number;
  /** Denied syscalls of one run that are notified and counted; see `Profile.manyDenied`. */
  readonly denied: number;
}

/** The layers that `hardening.require` may name. */
export type Layer =
  | "namespaces"
  | "ids"
  | "root"
  | "landlock"
  | "no-new-privs"
  | "job-seccomp"
  | "agent-seccomp"
  | "agent-drop"
  | "view"
  | "cgroup";

/** The build step of a language. */
export interface Build {
  /** The compiler and its arguments. */
  readonly argv: readonly string[];
  /** Name of its syscall profile. */
  readonly profile: string;
  /** Its own limits, and its wall time until SIGTERM. */
  readonly limits: JobLimits & { readonly timeout_ms: number };
}

/** One language of the policy: what is executed for its code. */
export interface Language extends JobLanguage {
  /** Name of the syscall profile that a run gets. */
  readonly profile: string;
  /** Profiles that a request may name, by what they are for; "strict" is the default. */
  readonly profiles: Readonly<Record<string, string>>;
  /** What is executed first, in the same sandbox; undefined for most languages. */
  readonly build?: Build;
  /** How far ahead a sandbox is prepared. */
  readonly level: "bare" | "armed" | "warm";
}

/** A compiled syscall allowlist for one profile. */
export interface Profile {
  readonly name: string;
  /** The BPF program by architecture: struct sock_filter[], 8 bytes each, as bytes. */
  readonly filter: Readonly<Record<Arch, Uint8Array>>;
  /**
   * What a call outside the list gets: the agent is notified and refuses it with `errno`, or the
   * process is killed.
   */
  readonly defaultAction:
    | { readonly kind: "notify"; readonly errno: number }
    | { readonly kind: "kill" };
  /**
   * What becomes of later execve calls than the launcher's own. `once`: refused and notified.
   * `image`: Landlock allows them for the guest's read-only files. `free`: allowed.
   */
  readonly exec: "once" | "image" | "free";
  /** `loopback`: Landlock leaves TCP alone, and the filter lets internet sockets be made. */
  readonly network: "none" | "loopback";
  /**
   * After `limits.denied` notified calls. `go-on`: the agent is notified no more, and further calls
   * fail with ENOSYS. `end`: the job is ended with `limit: denied`.
   */
  readonly manyDenied: "go-on" | "end";
}

/** The whole policy, as compiled in. */
export interface CompiledPolicy {
  /** SHA-256 of policy.jsonc, hex. */
  readonly hash: string;
  readonly libseccomp: string;
  readonly syscall_table: string;
  readonly limits: Limits;
  /** Sandboxes that are ready ahead of requests; undefined: as many as memory allows, at most four. */
  readonly prepared?: number;
  readonly require: readonly Layer[];
  /** Directories of the guest that a job sees, read-only. Those that do not exist are left out. */
  readonly read_only_paths: readonly string[];
  /** What a job sees of the guest's /etc; "*" in a name stands for anything. */
  readonly etc: readonly string[];
  readonly languages: Readonly<Record<string, Language>>;
}
