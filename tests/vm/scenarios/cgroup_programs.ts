// The attacks on a job's cgroup: programs of several processes, or with memory that belongs to no
// process.

import type { RunOptions } from "../../../controller/client.ts";
import { MiB } from "../guest/scenario.ts";

export const exited = { status: "exited", exit_code: 0 } as const;
export const outOfMemory = { status: "limit", limit: "memory", memory_source: "cgroup" } as const;

/** Twenty processes, none of them large: 160 MiB together. */
export const spread = `
import os, time
for i in range(20):
    if os.fork() == 0:
        held = b"x" * (8 << 20)
        time.sleep(5)
        os._exit(0)
for i in range(20): os.wait()
print("all lived")`;

/** Memory that belongs to no process: 80 MiB of files in the two tmpfs. */
export const files = `
for name in ("/tmp/a", "a"):
    with open(name, "wb") as file:
        for _ in range(40): file.write(b"x" * (1 << 20))
print("all written")`;

/**
 * Four processes, each using less CPU time than one process may. Nothing waits for them, so rusage
 * does not count them.
 */
export const burners = `
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
pids = [os.fork() for _ in range(4) if os.getppid() == 2]
if 0 in pids:
    while time.process_time() < 0.6: pass
    os._exit(0)
try:
    while True: os.wait()
except ChildProcessError: print("all burnt")`;

export const holder = (bytes: number) => `
import os
waits = []
for i in range(4):
    ready, done = os.pipe(), os.pipe()
    if os.fork() == 0:
        held = b"x" * ${bytes}
        os.write(ready[1], b"1")
        os.read(done[0], 1)
        os._exit(0)
    waits.append((ready[0], done[1]))
for ready, _ in waits: os.read(ready, 1)
for _, done in waits: os.write(done, b"1")
for _ in waits: os.wait()`;

export const small: Partial<RunOptions> = { limits: { memory_bytes: 64 * MiB, processes: 64 } };
export const slice: Partial<RunOptions> = { limits: { cpu_ms: 1000 } };
