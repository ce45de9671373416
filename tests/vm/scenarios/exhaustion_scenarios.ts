// The guest runs out of memory, and of descriptors, while jobs run and while none does
// (docs/moments.md). The jobs are Perl's: the guest has no program that sleeps.

import assert from "node:assert/strict";
import { connect, ConnectionError, RequestError } from "../../../controller/client.ts";
import { seededRandom } from "../../helpers/seeded.ts";
import { leavesSettle } from "../guest/cgroup_tree.ts";
import { probe } from "../guest/probe.ts";
import { goesOn, recovers, type Scenario, type Stage, withClient } from "../guest/scenario.ts";

const seed = Number(Deno.env.get("SALLYPORT_SEED") ?? Math.floor(Math.random() * 1e6));
const random = seededRandom(seed);

/**
 * Takes memory in pieces until the kernel has ended this many processes for it, or this one. Tells
 * the MiB that it took, and the processes. What it has it gives back.
 */
const hogProgram = (afterMs: number, victims = 1) => `
import mmap, os, signal, time
PIECE = 4 << 20
def score(text): open("/proc/self/oom_score_adj", "w").write(text)
def killed(): return int([l for l in open("/proc/vmstat") if l.startswith("oom_kill ")][0].split()[1])
score("-1000") # the probe itself is to answer
time.sleep(${afterMs} / 1000)
before = killed()
reading, writing = os.pipe()
pid = os.fork()
if pid == 0:
    score("0")
    held = []
    try:
        while killed() - before < ${victims}:
            piece = mmap.mmap(-1, PIECE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
            for at in range(0, PIECE, 4096): piece[at] = 1
            held.append(piece)
            os.write(writing, b"4")
    finally: os._exit(0)
os.close(writing)
took = 0
while True:
    pieces = os.read(reading, 4096)
    if not pieces: break
    took += 4 * len(pieces)
os.close(reading)
os.waitpid(pid, 0)
result = {"mib": took, "killed": killed() - before}
`;

/** What `hogProgram` tells. */
interface Hog {
  readonly mib: number;
  readonly killed: number;
}

/** A job that waits for the end of its input, and then says so. */
const waits = "<STDIN>; print 'end'";

/** A job that holds more memory than anything else that the kernel may kill for memory. */
const holds = "$| = 1; $held = 'x' x (24 << 20); print 'held'; " + waits;

/**
 * For a time no process but root's may open anything: the whole guest has as many files open as it
 * may have (`fs.file-max`, proc_sys_fs(5)). Tells how many there were.
 */
const fullProgram = (afterMs: number, holdMs: number) => `
import time
with open("/proc/sys/fs/file-max", "r+") as limit:
    usual = limit.read()
    time.sleep(${afterMs} / 1000)
    try:
        limit.seek(0); limit.write("1"); limit.flush()
        time.sleep(${holdMs} / 1000)
        result = int(open("/proc/sys/fs/file-nr").read().split()[0])
    finally:
        limit.seek(0); limit.write(usual); limit.flush()
`;

/** How a job ends that a new connection begins in such a time. */
async function newcomer(stage: Stage): Promise<string> {
  try {
    return await withClient(stage, async (client) => {
      const options = { language: "perl", code: "print 1", wait_ms: 10_000, timeout_ms: 20_000 };
      const { status, step, errno, exit_code } = await client.run(options).result;
      if (status === "failed") return `failed ${step} ${errno}`;
      return exit_code === 0 ? "as usual" : `${status} ${exit_code}`;
    });
  } catch (error) {
    if (error instanceof RequestError) return `refused ${error.code}`;
    if (error instanceof ConnectionError) return "lost";
    throw error;
  }
}

/** In the order they are run. */
export const exhaustionScenarios: readonly Scenario[] = [
  {
    name: "moments: the guest's memory runs out: the job goes first, and the next one runs",
    run: async (stage) => {
      for (let round = 0; round < 2; round++) {
        const [result, hog] = await withClient(stage, async (client) => {
          const run = client.run({
            language: "perl",
            code: holds,
            stdin: { stream: true },
            stream: true,
            timeout_ms: 30_000,
          });
          for await (const _ of run) break; // it holds its memory
          const hog = await probe<Hog>(stage, hogProgram(random.below(400)));
          await run.closeStdin();
          return [await run.result, hog] as const;
        });
        const { status, signal, step, errno } = result;
        const told = `seed ${seed}: ${JSON.stringify([hog, status, signal, step, errno])}`;
        assert.ok(hog.killed > 0 && hog.mib > 100, told);
        // Its keeper or runner may go too, where the kernel needs more than all jobs have.
        const end = status === "failed" ? `failed ${step} ${errno}` : `${status} ${signal}`;
        assert.match(end, /^(signaled SIGKILL|failed keep the sandbox alive EPIPE)$/, told);
        await goesOn(stage);
      }
      await leavesSettle(stage);
    },
  },
  {
    name:
      "moments: the guest's memory runs out while nothing runs: what waits goes, and comes again",
    run: async (stage) => {
      const hog = await probe<Hog>(stage, hogProgram(0, 30));
      assert.ok(hog.killed > 4, `seed ${seed}: ${JSON.stringify(hog)}`);
      await recovers(stage);
      await leavesSettle(stage);
    },
  },
  {
    name: "moments: clients fill their sandboxes until the guest's memory runs out",
    run: async (stage) => {
      const code =
        "for $to ('a', '/tmp/b') { open F, '>', $to; print F 'x' x (1 << 20) for 1..60 }";
      const clients = await Promise.all(Array.from({ length: 6 }, () => connect(stage.target)));
      const results = await Promise.all(
        clients.map((client) =>
          client.run({ language: "perl", code, keep: true, wait_ms: 60_000, timeout_ms: 30_000 })
            .result
        ),
      );
      // A job that is killed for memory, or its keeper; all of it comes back with the connection. On
      // a slow machine the kernel's search for memory is more CPU time than a job has.
      const ends = results.map(({ status, limit, signal, step }) =>
        `${status} ${limit ?? signal ?? step ?? ""}`
      );
      const usual = ends.filter((end) => end === "exited ");
      const told = ends.filter((end) => /^(signaled SIGKILL|limit cpu|failed .+)$/.test(end));
      assert.ok(told.length > 0 && usual.length + told.length === 6, ends.join());
      await Promise.all(clients.map((client) => client.close()));
      await recovers(stage);
      await leavesSettle(stage);
    },
  },
  {
    name: "moments: the guest's descriptors run out: what runs goes on, what begins is told",
    run: async (stage) => {
      const ends: string[] = [];
      for (let round = 0; round < 4; round++) {
        const result = await withClient(stage, async (client) => {
          const run = client.run({
            language: "perl",
            code: waits,
            stdin: { stream: true },
            timeout_ms: 30_000,
          });
          await run.acked; // and it may be about to start
          let over = false;
          const full = probe<number>(
            stage,
            fullProgram(random.below(100), 200 + random.below(300)),
          ).finally(() => over = true);
          const newcomers = Array.from({ length: 3 }, async () => {
            do ends.push(await newcomer(stage)); while (!over);
          });
          const [files] = await Promise.all([full, ...newcomers]);
          assert.ok(files > 1);
          await run.closeStdin();
          return await run.result;
        });
        const { status, step, errno } = result;
        const end = status === "failed" ? `failed ${step} ${errno}` : status;
        assert.match(end, /^(exited|failed .+ (ENFILE|EPIPE))$/, `seed ${seed}`);
        await recovers(stage);
      }
      const others = ends.filter((end) => end !== "as usual");
      assert.ok(others.length > 0, "nothing was short");
      const told = /^(refused (internal|busy)|lost|failed .+ (ENFILE|EPIPE)|exited \d+)$/;
      assert.deepEqual(others.filter((end) => !told.test(end)), [], `seed ${seed}`);
      await leavesSettle(stage);
    },
  },
];
