// What the agent's own process must never do: one function for each attempt, for hooked_agent.ts.
//
// The attempts use libc and syscall numbers, and Deno's own functions, on the main thread and on
// others. Each returns its result. With the agent's filter, none of those in `forbidden` may
// return.

import { addressOf, allocate } from "../../linux/memory.ts";
import { type SyscallName, syscallNumber, thisArch } from "../../linux/syscall_numbers.ts";

const path = thisArch === "x86_64"
  ? "/lib/x86_64-linux-gnu/libc.so.6"
  : "/lib/aarch64-linux-gnu/libc.so.6";

// Opened while the agent starts: its filter does not allow opening a library later.
const { symbols: libc } = Deno.dlopen(path, {
  syscall: { parameters: ["i64", "i64", "i64", "i64", "i64", "i64", "i64"], result: "i64" },
  fork: { parameters: [], result: "i32" },
  _exit: { parameters: ["i32"], result: "void" },
  getpid: { type: "pointer" },
  pthread_create: { parameters: ["buffer", "pointer", "pointer", "pointer"], result: "i32" },
  __errno_location: { parameters: [], result: "pointer" },
});

const held: Uint8Array[] = [];

/** Allocates memory that is never freed or moved, and returns its address. */
function memory(bytes: Uint8Array | number): bigint {
  const memory = allocate(typeof bytes === "number" ? bytes : bytes.length);
  if (typeof bytes !== "number") memory.set(bytes);
  held.push(memory);
  return addressOf(memory);
}

/** Address of a C string. */
function text(value: string): bigint {
  return memory(new TextEncoder().encode(`${value}\0`));
}

function errno(): number {
  return new Deno.UnsafePointerView(libc.__errno_location()!).getInt32();
}

const hostname = text("/etc/hostname");
const newFile = text("/tmp/sallyport-inner");
/**
 * Memory that calls read or write, all zero: two descriptors, a limit, an empty list of arguments.
 */
const room = memory(256);
const AT_FDCWD = -100n;
const SIGCHLD = 17n;

type Name = SyscallName;

/** A raw call: "success" or "errno N". */
function call(name: Name, ...args: bigint[]): string {
  return raw(syscallNumber(thisArch, name), ...args);
}

function raw(number: number, ...args: bigint[]): string {
  const [a, b, c, d, e, f] = [...args, 0n, 0n, 0n, 0n, 0n, 0n];
  const result = libc.syscall(BigInt(number), a, b, c, d, e, f);
  return result === -1n ? `errno ${errno()}` : "success";
}

/** Like `call`, for calls that return twice: the child exits at once. */
function forked(result: number): string {
  if (result === 0) libc._exit(0);
  return result < 0 ? `errno ${errno()}` : "success";
}

let worker: Worker;
const order = new Int32Array(new SharedArrayBuffer(8));

/** Starts the thread that waits for its attempt. Await this before the agent gets its filter. */
export async function readyAttempts(): Promise<void> {
  worker = new Worker(new URL("./inner_worker.ts", import.meta.url), { type: "module" });
  await new Promise((resolve) => worker.onmessage = resolve);
  worker.postMessage({ order, number: syscallNumber(thisArch, "socket"), path });
  await new Promise((resolve) => worker.onmessage = resolve);
}

function onOtherThread(): string {
  Atomics.store(order, 0, 1);
  Atomics.notify(order, 0);
  while (Atomics.load(order, 1) === 0) Atomics.wait(order, 1, 0, 100);
  return Atomics.load(order, 1) === 1 ? "success" : "refused";
}

/**
 * Attempts that end the agent, by name. Without the filter, each succeeds or at least reaches the
 * kernel.
 */
export const forbidden: Readonly<Record<string, () => unknown>> = {
  ...thisArch === "x86_64" ? { "open": () => raw(2, hostname) } : {},
  "openat: a new file": () => call("openat", AT_FDCWD, newFile, 0o102n, 0o600n),
  "openat: to write": () => call("openat", AT_FDCWD, text("/dev/null"), 1n),
  "openat2": () => call("openat2", AT_FDCWD, hostname, room, 24n),
  "socket": () => call("socket", 1n, 1n),
  "socket: vsock": () => call("socket", 40n, 1n),
  "socketpair": () => call("socketpair", 1n, 1n, 0n, room),
  "connect": () => call("connect", -1n, hostname, 16n),
  "bind": () => call("bind", -1n, hostname, 16n),
  "listen": () => call("listen", -1n, 1n),
  "pipe2": () => call("pipe2", room),
  "dup": () => call("dup", 2n),
  "fcntl: F_DUPFD": () => call("fcntl", 2n, 0n, 0n),
  "memfd_create": () => call("memfd_create", hostname),
  "epoll_create1": () => call("epoll_create1"),
  "inotify_init1": () => call("inotify_init1"),
  "unlinkat": () => call("unlinkat", AT_FDCWD, text("/nothing")),
  "mkdirat": () => call("mkdirat", AT_FDCWD, text("/nothing/here")),
  "chdir": () => call("chdir", text("/")),
  "fork": () => forked(libc.fork()),
  "clone": () =>
    forked(
      Number(libc.syscall(BigInt(syscallNumber(thisArch, "clone")), SIGCHLD, 0n, 0n, 0n, 0n, 0n)),
    ),
  "clone3": () => call("clone3", 0n, 0n),
  "a thread": () => {
    const made = libc.pthread_create(new Uint8Array(8), null, libc.getpid, null);
    return made === 0 ? "success" : `errno ${made}`;
  },
  "socket on a thread from before the filter": onOtherThread,
  "ptrace": () => call("ptrace", 0x4206n, 0x7fffffffn),
  "process_vm_readv": () => call("process_vm_readv", BigInt(Deno.pid)),
  "kill": () => call("kill", BigInt(Deno.pid), 0n),
  "pidfd_open": () => call("pidfd_open", BigInt(Deno.pid)),
  "prctl: dumpable": () => call("prctl", 4n, 0n),
  "setresuid": () => call("setresuid", -1n, -1n, -1n),
  "prlimit64: to set": () => call("prlimit64", 0n, 4n, room),
  "seccomp": () => call("seccomp", 99n),
  "unshare": () => call("unshare", 0n),
  "setns": () => call("setns", -1n),
  "mount": () => call("mount", 1n, 1n, 1n, 0n, 1n),
  "bpf": () => call("bpf", 0n, 1n, 1n << 20n),
  "io_uring_setup": () => call("io_uring_setup", 0n, 1n),
  "userfaultfd": () => call("userfaultfd", 1n),
  "keyctl": () => call("keyctl", 999n),
  "perf_event_open": () => call("perf_event_open", 1n, 0n, 0n, -1n, 0xffffffffn),
  "ioctl: TIOCSTI": () => call("ioctl", 0n, 0x5412n, hostname),
  "personality": () => call("personality", 0xffffffffn),
  "Deno.Command": async () => (await new Deno.Command("/bin/true").output()).code,
  "Deno.writeTextFileSync": () => Deno.writeTextFileSync("/dev/null", "x"),
  "Deno.statSync": () => Deno.statSync("/etc/hostname").isFile,
  "Deno.listen": () => Deno.listen({ hostname: "127.0.0.1", port: 0 }).close(),
  "Worker": () => new Worker(new URL("./inner_worker.ts", import.meta.url), { type: "module" }),
  "fetch": () => fetch("http://127.0.0.1:1/").then(String, (error) => `${error.name}`),
  "execve": () => call("execve", text("/nothing"), room),
};

/**
 * Attempts that the agent must survive: each gets an errno, or is allowed because the runtime needs
 * it.
 */
export const survived: Readonly<Record<string, () => unknown>> = {
  "openat: to read": () => call("openat", AT_FDCWD, hostname, 0o2000000n),
  "Deno.openSync": () => Deno.openSync("/etc/hostname").close(),
  "setpriority": () => call("setpriority", 0n, 0n, 10n),
  "prlimit64: to read": () => call("prlimit64", 0n, 3n, 0n, room),
  "mmap: writable and executable": () => call("mmap", 0n, 4096n, 7n, 0x22n, -1n),
  "console.error": () => console.error("still here"),
};

/** Fills the heap until V8 gives up. */
function fillHeap(): never {
  for (const kept: unknown[] = [];;) kept.push(new Array(1000).fill({}));
}

/** All attempts. */
export const attempts: Readonly<Record<string, () => unknown>> = {
  ...forbidden,
  ...survived,
  "fill the heap": fillHeap,
};
