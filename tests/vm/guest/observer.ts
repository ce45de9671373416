// Looks at the agent from inside the guest, as root, which neither a job nor the host can do.
//
// In the test's guest, the first program starts Python in the background and then executes the real
// /init, the agent. The observer waits until the agent has dropped its rights, looks at it,
// connects from a context id that is not allowed, and prints what it saw on the console. Where the
// machine has no keyboard, it then waits for a connection and does what the kernel does for
// Ctrl-Alt-Del: it sends SIGINT to the process that /proc/sys/kernel/cad_pid names.

import assert from "node:assert/strict";
import { buildStub } from "../../../image/boot_stub.ts";
import { cpioPieces } from "../../../image/cpio.ts";
import { FileTree } from "../../../image/file_tree.ts";
import type { Guest } from "../../../image/guest.ts";
import type { Scenario } from "./scenario.ts";

/** The program that the kernel starts (`rdinit=`). */
export const observerInit = "/observer/init";

const program = `
import json, os, signal, socket, sys, time
def status(path):
    fields = ("Name", "Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapAmb", "NoNewPrivs", "Seccomp")
    lines = (line.rstrip("\\n").partition(":") for line in open(path))
    return {key: value.split() for key, _, value in lines if key in fields}
def dropped():
    try: return status("/proc/1/status")["Seccomp"] == ["2"]
    except Exception: return False
end = time.monotonic() + 60
while not dropped() and time.monotonic() < end: time.sleep(0.2)
time.sleep(0.5)
def orphan():
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        grandchild = os.fork()
        if grandchild == 0:
            while os.getppid() != 1: time.sleep(0.01)
            os._exit(0)
        os.write(into, str(grandchild).encode())
        os._exit(0)
    os.waitpid(child, 0)
    return int(os.read(out, 20))
pid = orphan()
end = time.monotonic() + 10
while os.path.exists("/proc/%d" % pid) and time.monotonic() < end: time.sleep(0.05)
zombie = os.path.exists("/proc/%d" % pid)
threads = [status("/proc/1/task/%s/status" % task) for task in os.listdir("/proc/1/task")]
try:
    s = socket.socket(socket.AF_VSOCK)
    s.settimeout(10)
    s.connect((1, 5000))
    refused = s.recv(100).decode() or "closed"
except OSError as error:
    refused = type(error).__name__
def booted():
    log = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
    try:
        while True:
            record = os.read(log, 8192)
            if b" as init process" in record: return int(record.split(b",")[2]) // 1000
    except BlockingIOError: return -1
rules = [open("/proc/1/oom_score_adj").read().strip(), os.readlink("/proc/1/exe")]
print("OBSERVED " + json.dumps({"threads": threads, "refused": refused, "rules": rules, "zombie": zombie, "kernel_ms": booted()}), flush=True)
if len(sys.argv) > 1:
    waiting = socket.socket(socket.AF_VSOCK)
    waiting.bind((socket.VMADDR_CID_ANY, int(sys.argv[1])))
    waiting.listen()
    waiting.accept()
    os.kill(int(open("/proc/sys/kernel/cad_pid").read()), signal.SIGINT)
`;

interface Observation {
  threads: Record<string, string[]>[];
  /**
   * The result of a connection from a foreign context id: what it received, "closed", or the name
   * of an error.
   */
  refused: string;
  rules: string[];
  /** Whether an orphan was still a process ten seconds after it ended. */
  zombie: boolean;
  /**
   * When the kernel started the first program, in milliseconds since the kernel's own start; -1 if
   * its log does not say.
   */
  kernel_ms: number;
}

/** A program to start beside the agent, and its files. */
export interface Beside {
  command: readonly string[];
  /** Path in the guest (below "observer/"), bytes or text, mode. */
  files: readonly [path: string, content: string | Uint8Array<ArrayBuffer>, mode: number][];
}

/** The observer itself. `port` is where it waits for Ctrl-Alt-Del. */
export function observer(port?: number): Beside {
  const path = "observer/observe.py";
  const options = port === undefined ? [] : [String(port)];
  return {
    command: ["/usr/bin/python3", "-I", `/${path}`, ...options],
    files: [[path, program, 0o644]],
  };
}

/** Writes the image followed by the programs: the kernel unpacks one archive after the other. */
export async function addBeside(
  from: string,
  to: string,
  arch: "x86_64" | "aarch64",
  programs: readonly Beside[],
): Promise<void> {
  const tree = new FileTree();
  const forks = programs.map(({ command }) => ({ fork: command }));
  tree.file(observerInit.slice(1), buildStub(arch, forks), 0o755);
  for (const [path, content, mode] of programs.flatMap(({ files }) => files)) {
    tree.file(path, content, mode);
  }
  await Deno.copyFile(from, to);
  const own = tree.entries().filter((entry) => entry.path.startsWith("observer"));
  using file = await Deno.open(to, { append: true });
  for (const piece of cpioPieces(own)) {
    for (let at = 0; at < piece.length;) at += await file.write(piece.subarray(at));
  }
}

async function observation(guest: Guest): Promise<Observation> {
  const [, words] = await guest.consoleLine(/^OBSERVED (.*)\r?\n/m, 30_000);
  return JSON.parse(words);
}

/**
 * Milliseconds of each part of the boot, from the kernel's start: the kernel, the agent's runtime
 * until its first line, PID 1's duties, and the agent's own times for the rest.
 */
export async function bootSplit(guest: Guest): Promise<string> {
  const { kernel_ms } = await observation(guest);
  const [, began, done] = await guest.consoleLine(/init: (\d+) ms since .* at (\d+) ms/, 5000);
  const [, rest] = await guest.consoleLine(/^sallyport start: (.*?)\r?\n/m, 5000);
  const duties = `runtime ${Number(began) - kernel_ms} ms, init ${Number(done) - Number(began)} ms`;
  return `kernel ${kernel_ms} ms, ${duties}, ${rest}`;
}

/** What the observer must have seen. `agentProgram` is the program that PID 1 must be. */
export function observed(guest: Guest, agentProgram: string): Scenario[] {
  const none = ["0000000000000000"];
  return [
    {
      name: "boot to ready is told in parts",
      run: async () => {
        const split = await bootSplit(guest);
        console.log(`boot: ${split}`);
        assert.match(split, /^kernel \d+ ms, runtime \d+ ms, init \d+ ms, .*first sandbox/);
      },
    },
    {
      name: "every thread of PID 1 is nobody, without capabilities, filtered",
      run: async () => {
        const { threads } = await observation(guest);
        assert.ok(threads.length >= 2, `${threads.length} threads`);
        for (const { Name, ...thread } of threads) {
          assert.deepEqual(thread, {
            Uid: Array(4).fill("65534"),
            Gid: Array(4).fill("65534"),
            Groups: [],
            CapInh: none,
            CapPrm: none,
            CapEff: none,
            CapAmb: none,
            NoNewPrivs: ["1"],
            Seccomp: ["2"],
          }, `thread ${Name}`);
        }
      },
    },
    {
      name: `PID 1 is the agent (${agentProgram}), and the last to go when memory ends`,
      run: async () => assert.deepEqual((await observation(guest)).rules, ["-1000", agentProgram]),
    },
    {
      name: "PID 1 leaves no orphan behind as a zombie",
      run: async () => assert.equal((await observation(guest)).zombie, false),
    },
    {
      name: "a connection from a context id that is not allowed is refused",
      run: async () =>
        assert.match((await observation(guest)).refused, /^(closed|ConnectionResetError)$/),
    },
  ];
}
