// Processes: start, refer to by a descriptor, signal, wait, limit.
//
// A Deno process cannot fork (threads, a JIT), so a child is made by posix_spawn(3), which glibc
// builds on CLONE_VFORK. Signals and waits return minus the error number instead of throwing,
// because it is no failure if a process has just ended.

import { check, orErrno, SysError } from "./errno.ts";
import { libc } from "./libc.ts";
import { allocate, cString, PointerArray } from "./memory.ts";
import {
  O_RDWR,
  POSIX_SPAWN_SETSID,
  POSIX_SPAWN_SETSIGDEF,
  POSIX_SPAWN_SETSIGMASK,
  SIGKILL,
  SIGSTOP,
} from "./constants.ts";
import { syscallNumber, thisArch } from "./syscall_numbers.ts";

const pidfdOpenNumber = BigInt(syscallNumber(thisArch, "pidfd_open"));
const pidfdSendSignalNumber = BigInt(syscallNumber(thisArch, "pidfd_send_signal"));

/** What the child gets besides its arguments. */
export interface SpawnOptions {
  /**
   * Pairs [from, to]: the child's descriptor `to` is our `from`, open across exec. Done in order.
   */
  dup2?: readonly (readonly [number, number])[];
  /** Descriptors of the child that are /dev/null; done before `dup2`. */
  devNull?: readonly number[];
  /** A session of its own. */
  setsid?: boolean;
  /**
   * Every signal back to its default action and none blocked (Deno ignores SIGPIPE, which exec
   * would keep).
   */
  resetSignals?: boolean;
}

/**
 * posix_spawn(3). Starts `path` (no search in PATH) and returns its pid. The child also inherits
 * every descriptor without close-on-exec. A failed exec or file action throws SysError here, not in
 * the child.
 */
export function posixSpawn(
  path: string,
  argv: readonly string[],
  env: readonly string[],
  options: SpawnOptions = {},
): number {
  // posix_spawn_file_actions_t is 80 bytes and posix_spawnattr_t 336 on 64-bit glibc (spawn.h).
  const actions = allocate(128);
  const attributes = allocate(512);
  const pid = new Int32Array(1);
  must(libc.posix_spawn_file_actions_init(actions), path);
  must(libc.posix_spawnattr_init(attributes), path);
  try {
    const devNull = cString("/dev/null");
    for (const fd of options.devNull ?? []) {
      must(libc.posix_spawn_file_actions_addopen(actions, fd, devNull, O_RDWR, 0), path);
    }
    for (const [from, to] of options.dup2 ?? []) {
      must(libc.posix_spawn_file_actions_adddup2(actions, from, to), path);
    }
    setAttributes(attributes, options, path);
    const argvPointers = new PointerArray(argv);
    const envPointers = new PointerArray(env);
    const result = libc.posix_spawn(
      pid,
      cString(path),
      actions,
      attributes,
      argvPointers.bytes,
      envPointers.bytes,
    );
    must(result, path);
    return pid[0];
  } finally {
    libc.posix_spawn_file_actions_destroy(actions);
    libc.posix_spawnattr_destroy(attributes);
  }
}

function setAttributes(
  attributes: Uint8Array<ArrayBuffer>,
  { setsid = false, resetSignals = false }: SpawnOptions,
  path: string,
): void {
  let flags = setsid ? POSIX_SPAWN_SETSID : 0;
  if (resetSignals) {
    flags |= POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
    const all = new BigUint64Array(16); // sigset_t, 1024 bits; the kernel uses 64
    all[0] = 0xffffffffffffffffn & ~(1n << BigInt(SIGKILL - 1)) & ~(1n << BigInt(SIGSTOP - 1));
    must(libc.posix_spawnattr_setsigdefault(attributes, all), path);
    must(libc.posix_spawnattr_setsigmask(attributes, new BigUint64Array(16)), path);
  }
  must(libc.posix_spawnattr_setflags(attributes, flags), path);
}

/** The posix_spawn family returns the error number itself and leaves errno alone. */
function must(result: number, path: string): void {
  if (result !== 0) throw new SysError("posix_spawn", result, `start "${path}"`);
}

/** pidfd_open(2). A close-on-exec descriptor, readable when the process has ended. */
export function pidfdOpen(pid: number, flags = 0): number {
  const fd = libc.pidfd_open(pidfdOpenNumber, BigInt(pid), BigInt(flags));
  return check(fd, "pidfd_open", "open process", pid);
}

/**
 * pidfd_send_signal(2). 0 or minus the error number; -ESRCH: it has ended. Never reaches a recycled
 * pid.
 */
export function pidfdSendSignal(pidfd: number, signal: number): number {
  return orErrno(
    libc.pidfd_send_signal(pidfdSendSignalNumber, BigInt(pidfd), BigInt(signal), 0n, 0n),
  );
}

/** kill(2). 0 or minus the error number. */
export function kill(pid: number, signal: number): number {
  return orErrno(libc.kill(pid, signal));
}

/**
 * signal(2) with SIG_IGN: the signal has no effect any more. If SIGCHLD is ignored, the kernel also
 * reaps children as they end, adopted ones too, without a wait (wait(2), notes).
 */
export function ignoreSignal(signal: number): void {
  const SIG_IGN = 1n;
  check(Number(BigInt.asIntN(64, libc.signal(signal, SIG_IGN))), "signal", "ignore signal", signal);
}

const statusWord = new Int32Array(1);

/**
 * waitpid(2). `pid` is the child that changed state, 0 with WNOHANG when none has, or minus the
 * error number; read `status` with wait_status.ts. Without WNOHANG it blocks the whole program.
 */
export function waitpid(pid: number, options = 0): { pid: number; status: number } {
  const result = orErrno(libc.waitpid(pid, statusWord, options));
  return { pid: result, status: statusWord[0] };
}

/** This process's id, in its own PID namespace. */
export function getpid(): number {
  return libc.getpid();
}

/** The parent's id; 0 if it is in another PID namespace. */
export function getppid(): number {
  return libc.getppid();
}

/** A resource limit; RLIM_INFINITY for none. */
export interface Limit {
  /** What is enforced. */
  soft: bigint;
  /** What the soft limit may be raised to. */
  hard: bigint;
}

/**
 * prlimit(2). Sets a limit (RLIMIT_*) if one is given, for this process if `pid` is 0. Returns the
 * limit as it was before.
 */
export function prlimit(pid: number, resource: number, limit?: Limit): Limit {
  const wanted = limit === undefined ? null : BigUint64Array.of(limit.soft, limit.hard);
  const before = new BigUint64Array(2);
  const result = libc.prlimit(pid, resource, wanted, before);
  check(result, "prlimit", limit ? "set resource limit" : "read resource limit", resource);
  return { soft: before[0], hard: before[1] };
}

/** _exit(2): ends the process at once, with all threads and without anything that is done at an end. */
export function exitNow(code: number): void {
  libc._exit(code);
}
