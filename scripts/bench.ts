// `deno task bench`: Sallyport beside its peers, in one run, in turns.
//
// On a machine that others use, absolute times mean little: what counts is the ratio to a peer that was measured
// in the same minute. So every round measures everything once, and the rounds go on until their time is over. A peer
// that is not installed is named, and left out.

import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { policy } from "../policy/generated/policy.ts";
import { startAgent } from "../tests/helpers/agent.ts";
import { findProgram } from "./build/command.ts";
import { bundleBytes, launchersOf, memoryOf, withIdleDeno } from "./bench/footprint.ts";
import { largeProgram, line, request, timeAnswers, timeJobs } from "./bench/jobs.ts";
import { buildNative, namespaceTimes, type Native, spawnTimes } from "./bench/native.ts";
import { type Row, summary, table } from "./bench/report.ts";
import { agentStart, emptyStart } from "./bench/start_up.ts";
import { agentStream, socatStream } from "./bench/throughput.ts";
import { BlockingWire } from "./bench/wire.ts";

const usage = `Usage: deno task bench [--seconds N] [--json]

  --seconds N  time for the rounds, 5 to 45 (default: 30)
  --json       print one JSON object instead of the table`;

/** Between two jobs: enough for the next sandbox to be made, as between requests of a real client. */
const PAUSE_MS = 4;
const STREAM_BYTES = 128 << 20;
const bwrapFlags = ["--unshare-all", "--ro-bind", "/", "/"];
const hello = "print('hello')";
/** The one the policy names: whatever PATH finds may be another. */
const pythonPath = "/usr/bin/python3";
const hasPython = existsSync(pythonPath);

/** The rows, by a short key, in the order of the table. */
class Rows {
  readonly all = new Map<string, Row>();
  /** Adds samples to a row, or to one of its peers. */
  add(name: string, unit: Row["unit"], samples: number[], peer?: string): void {
    if (!this.all.has(name)) this.all.set(name, { name, unit, samples: [], peers: [] });
    const row = this.all.get(name)!;
    if (peer === undefined) return void row.samples.push(...samples);
    let beside = row.peers.find((each) => each.name === peer);
    if (beside === undefined) row.peers.push(beside = { name: peer, samples: [] });
    beside.samples.push(...samples);
  }
}

function missing(what: string): null {
  console.error(`SKIPPED: ${what} is not installed: nothing is measured beside it`);
  return null;
}

/** One round of everything that goes over a connection of the agent. */
async function jobsRound(rows: Rows, wire: BlockingWire, native: Native, echo: BlockingWire) {
  const bwrap = findProgram("bwrap");
  const small = request("exec", Deno.readFileSync(native.tiny));
  const job = (name: string, bytes: Uint8Array, count: number, pauseMs = PAUSE_MS) => {
    const times = timeJobs(wire, bytes, count, pauseMs);
    rows.add(name, "ms", times.map(({ whole }) => whole));
    return times.map(({ ack }) => ack);
  };
  const spawn = async (name: string, peer: string, argv: string[], count: number, ms = PAUSE_MS) =>
    rows.add(name, "ms", await spawnTimes(native, count, ms, argv), peer);

  const ackSmall = "request to ACK, small";
  const ackLarge = "request to ACK, 64 KiB of code";
  const tiny = "job: a static program that exits";
  rows.add(ackSmall, "ms", job(tiny, small, 20));
  const line1 = line({ type: "run", language: "exec", code: "" });
  rows.add(ackSmall, "ms", timeAnswers(echo, line1, 20, PAUSE_MS), "C epoll echo, a line");
  await spawn(tiny, "posix_spawn + waitpid in C, the same", [native.tiny], 20);

  const real = "job: /bin/true, its bytes sent as code";
  job(real, request("exec", Deno.readFileSync("/bin/true")), 20);
  await spawn(real, "posix_spawn + waitpid in C, /bin/true", ["/bin/true"], 20);
  if (bwrap) {
    await spawn(real, "bwrap --unshare-all /bin/true", [bwrap, ...bwrapFlags, "/bin/true"], 10);
  }

  const back = "job: static, back to back";
  job(back, small, 20, 0);
  await spawn(back, "posix_spawn + waitpid in C, back to back", [native.tiny], 20, 0);

  const large = request("sh", largeProgram(policy.limits.code_bytes));
  const shell = "job: sh, 64 KiB of code";
  rows.add(ackLarge, "ms", job(shell, large, 10));
  rows.add(ackLarge, "ms", timeAnswers(echo, large, 10, PAUSE_MS), "C epoll echo, the same line");
  await spawn(shell, "posix_spawn + waitpid in C, sh -c true", ["/bin/sh", "-c", "true"], 10);

  const reset = line({ type: "reset" });
  const made = "sandbox thrown away and made (reset)";
  rows.add(made, "ms", timeAnswers(wire, reset, 10, PAUSE_MS));
  if (Deno.uid() === 0) {
    const times = await namespaceTimes(native, 10, PAUSE_MS);
    rows.add(made, "ms", times, "C: clone into six namespaces, exit");
  }

  const python = "Python hello";
  if (!hasPython) return;
  job(python, request("python", hello), 4);
  await spawn(python, "python3 -I, bare", [pythonPath, "-I", "-c", hello], 4);
  if (bwrap) {
    const inside = [bwrap, ...bwrapFlags, pythonPath, "-I", "-c", hello];
    await spawn(python, "bwrap --unshare-all python3 -I", inside, 4);
  }
}

async function startEcho(native: Native, directory: string) {
  const path = `${directory}/echo.sock`;
  const args = ["echo", path];
  const child = new Deno.Command(native.peer, { args, stdin: "null", stdout: "piped" }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  const wire = new BlockingWire(path);
  const end = async () => {
    wire[Symbol.dispose]();
    await child.status;
  };
  return { wire, end };
}

async function measure(
  seconds: number,
  directory: string,
  native: Native,
): Promise<{ rows: Rows; droppedBytes: number }> {
  const rows = new Rows();
  let droppedBytes = 0;
  const end = performance.now() + seconds * 1000;
  await using agent = await startAgent();
  const memory = (
    name: string,
    { rssKib, pssKib, pssAnonKib, pssFileKib }: ReturnType<typeof memoryOf>,
    peer?: string,
  ) => {
    rows.add(`${name}, RSS`, "KiB", [rssKib], peer);
    rows.add(`${name}, PSS`, "KiB", [pssKib], peer);
    rows.add(`${name}, PSS of anonymous pages`, "KiB", [pssAnonKib], peer);
    rows.add(`${name}, PSS of file pages`, "KiB", [pssFileKib], peer);
  };
  const idle = memoryOf(agent.pid);
  const launchers = launchersOf(agent.pid);
  const denoIdle = await withIdleDeno(directory, memoryOf);
  const echo = await startEcho(native, directory);
  const socat = findProgram("socat");
  if (socat === null) missing("socat");
  {
    using wire = new BlockingWire(agent.path);
    wire.message();
    timeJobs(wire, request("exec", Deno.readFileSync(native.tiny)), 20, 0); // warms V8, as any served agent is
    for (let round = 0; round === 0 || performance.now() < end; round++) {
      await jobsRound(rows, wire, native, echo.wire);
      rows.add("agent: start to ready", "ms", [await agentStart(directory)]);
      rows.add(
        "agent: start to ready",
        "ms",
        [await emptyStart(directory)],
        "the same Deno, an empty program, to its exit",
      );
      if (round % 4 !== 0) continue;
      const stream = agentStream(agent.path, STREAM_BYTES);
      droppedBytes += stream.droppedBytes;
      rows.add("output, 128 MiB streamed", "MiB/s", [stream.rate]);
      if (socat) {
        rows.add("output, 128 MiB streamed", "MiB/s", [
          (await socatStream(directory, STREAM_BYTES)).rate,
        ], "head | cat | socat");
      }
    }
  }
  await echo.end();
  memory("idle agent", idle);
  memory("idle agent", denoIdle, "the same Deno, an idle program");
  rows.add("one launcher, RSS", "KiB", launchers.map(({ rssKib }) => rssKib));
  rows.add("agent after the bench, RSS", "KiB", [memoryOf(agent.pid).rssKib]);
  rows.add("the agent's code with its packages, minified", "KiB", [await bundleBytes() / 1024]);
  return { rows, droppedBytes };
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      seconds: { type: "string", default: "30" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const seconds = Number(values.seconds);
  if (values.help || !(seconds >= 5 && seconds <= 45)) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  const native = await buildNative();
  if (native === null) throw new Error("Cannot measure without a C compiler: install gcc");
  if (findProgram("bwrap") === null) missing("bwrap (bubblewrap)");
  if (!hasPython) missing(pythonPath);
  const directory = await Deno.makeTempDir({ prefix: "sallyport-bench-" });
  try {
    await Deno.chmod(directory, 0o755);
    const { rows, droppedBytes } = await measure(seconds, directory, native);
    const list = [...rows.all.values()];
    if (values.json) {
      const row = ({ name, unit, samples, peers }: Row) => ({
        name,
        unit,
        ...summary(samples),
        peers: peers.map((peer) => ({ name: peer.name, ...summary(peer.samples) })),
      });
      console.log(JSON.stringify({ rows: list.map(row), droppedBytes }));
    } else {
      console.log(table(list));
      console.log(
        `\nOutput that the ring overwrote because the client was slower: ${droppedBytes} bytes`,
      );
    }
    return 0;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.exit(await main());
