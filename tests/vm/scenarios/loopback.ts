// The agent as a service inside the guest with its client there too: a smaller run over
// vsock_loopback (CID 1).
//
// A program beside PID 1 starts a second agent with PID 1's own arguments. It allows only the
// loopback's context id, and leaves the guest's cgroups to the first agent. It runs a few jobs,
// kills the second agent, and prints the results on the console. Its client is not the project's
// but a few lines of Python, so a second implementation reads the protocol too.

import assert from "node:assert/strict";
import type { Guest } from "../../../image/guest.ts";
import type { Beside } from "../guest/observer.ts";
import { pythonClientFiles, pythonClientProgram } from "../guest/python_client.ts";
import type { Scenario } from "../guest/scenario.ts";

const PORT = 5001;

/** The jobs to run there: language, code, and expected result. */
const jobs: readonly [string, string, Partial<Ended>][] = [
  ["sh", "echo hello", { status: "exited", exit_code: 0, stdout: "hello\n" }],
  ["python", "print(6 * 7)", { status: "exited", exit_code: 0, stdout: "42\n" }],
  ["sh", "exit 7", { status: "exited", exit_code: 7 }],
  ["sh", "kill -KILL $$", { status: "signaled", signal: "SIGKILL" }],
  ["sh", "while :; do :; done", { status: "timeout" }],
  [
    "python",
    `import socket\ntry: socket.socket(socket.AF_VSOCK).connect((1, ${PORT}))\n` +
    "except OSError as error: print(type(error).__name__)",
    { status: "exited", stdout: "PermissionError\n", denied: [{ syscall: "socket", count: 1 }] },
  ],
];

/** A job's end as the client in the guest prints it. */
interface Ended {
  status: string;
  exit_code: number;
  signal: string;
  stdout: string;
  denied: { syscall: string; count: number }[];
}

/** What the program prints. */
interface Found {
  readonly ends: Record<string, unknown>[];
  /** What the Python client saw, or its traceback. */
  readonly package: unknown;
  readonly made: number;
  readonly left: number;
}

const program = `
import json, os, signal, socket, subprocess, sys, time
def dropped():
    try: return "Seccomp:\\t2\\n" in open("/proc/1/status").read()
    except OSError: return False # before /proc is mounted
def launchers():
    count = 0
    for pid in os.listdir("/proc"):
        try: count += open("/proc/%s/cmdline" % pid).read().startswith("sallyport-launcher")
        except OSError: pass
    return count
def waited(until, seconds):
    end = time.monotonic() + seconds
    while not until() and time.monotonic() < end: time.sleep(0.1)
    return until()
waited(dropped, 60)
def settled(): # its sandboxes are made one after another, and one job becomes an interpreter
    last, since = launchers(), time.monotonic()
    while time.monotonic() - since < 4:
        time.sleep(0.1)
        if launchers() != last: last, since = launchers(), time.monotonic()
    return last
before = settled()
words = open("/proc/1/cmdline").read().split("\\0")[:-1]
own = dict(line.split("=", 1) for line in open("/proc/1/environ").read().split("\\0") if "=" in line)
agent = subprocess.Popen(words + ["--listen", "vsock:${PORT}", "--allow-cid", "1", "--without", "cgroup"], env=own)
def connected():
    global client
    try:
        client = socket.socket(socket.AF_VSOCK)
        client.settimeout(15)
        client.connect((1, ${PORT}))
        return True
    except OSError: return False
def end(lines):
    while True:
        message = json.loads(lines.readline())
        if message["type"] == "result": break
        if message["type"] == "error": return message
    body = lines.read(message.get("bytes", 0)).decode()
    return dict(message, stdout=body[:message["stdout"].get("bytes", 0)])
ends = []
if waited(connected, 30):
    lines = client.makefile("rb")
    for language, code, timeout in json.load(open("/observer/jobs.json")):
        request = {"type": "run", "language": language, "code": code, "timeout_ms": timeout}
        client.sendall(json.dumps(request).encode() + b"\\n")
        ends.append(end(lines))
    client.close()
${pythonClientProgram(`vsock:1:${PORT}`)}
made = launchers() - before
agent.kill()
agent.wait()
waited(lambda: launchers() <= before, 5)
print("LOOPBACK " + json.dumps({"ends": ends, "package": package, "made": made, "left": launchers() - before}), flush=True)
`;

/** The program to start beside the agent. */
export function loopback(): Beside {
  const list = jobs.map(([language, code, { status }]) => [
    ...[language, code],
    status === "timeout" ? 300 : 20_000,
  ]);
  return {
    command: ["/usr/bin/python3", "-I", "/observer/loopback.py"],
    files: [
      ["observer/loopback.py", program, 0o644],
      ["observer/jobs.json", JSON.stringify(list), 0o644],
      ...pythonClientFiles(),
    ],
  };
}

/** Checks the results. */
export function loopbackScenarios(guest: Guest): Scenario[] {
  let found: Found | undefined;
  return [
    {
      name: "over vsock_loopback, inside the guest: an agent that is a service runs jobs",
      run: async () => {
        const [, words] = await guest.consoleLine(/^LOOPBACK (.*)\r?\n/m, 60_000);
        found = JSON.parse(words);
        assert.equal(found!.ends.length, jobs.length, "jobs that came to an end");
        for (const [i, [language, code, expected]] of jobs.entries()) {
          const fields = Object.keys(expected).map((key) => [key, found!.ends[i][key]]);
          assert.deepEqual(Object.fromEntries(fields), expected, `${language}: ${code}`);
        }
      },
    },
    {
      name: "over AF_VSOCK, inside the guest: the Python client runs jobs",
      run: () => {
        assert.deepEqual(found?.package, ["exited", "42\n", true], String(found?.package));
        return Promise.resolve();
      },
    },
    {
      name: "killing that agent leaves none of its processes in the guest",
      run: () => {
        assert.ok(found !== undefined && found.made > 0, "it must have made launchers");
        assert.equal(found.left, 0);
        return Promise.resolve();
      },
    },
  ];
}
