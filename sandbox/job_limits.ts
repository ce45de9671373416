// The limits that a sandbox and its jobs are made with. Times in milliseconds, sizes in bytes.

/** A limit a request may set, up to `max`; `default` applies if it does not. */
export interface Range {
  readonly default: number;
  readonly max: number;
}

/** The limits of one run: the policy's defaults, overridden by what the request set. */
export interface JobLimits {
  readonly cpu_ms: number;
  /** Has no rlimit: only the cgroup enforces it. */
  readonly cpu_percent: number;
  readonly memory_bytes: number;
  readonly processes: number;
  readonly open_files: number;
  readonly file_bytes: number;
  readonly stack_bytes: number;
}

/** What every sandbox is made with, before a request comes. */
export interface SandboxLimits {
  /** Size of the tmpfs that holds the sandbox directory. */
  readonly sandbox_bytes: number;
  /** Size of the tmpfs that is /tmp (and /dev/shm) in the sandbox. */
  readonly tmp_bytes: number;
  readonly memory_bytes: Range;
  readonly processes: Range;
  readonly cpu_percent: Range;
}
