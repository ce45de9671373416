// Starts a real agent for a test, as `deno task agent` does, and ends it.
//
// Its process, socket and temporary directory belong to one test. Disposing must never leave a
// process behind, and throws an error if the agent left one.

import { agentCommand, rootlessFlags } from "../../scripts/tools/source_agent.ts";
import { descendants, isAlive } from "./census.ts";
import { signalChild } from "./signal_child.ts";
import { Wire } from "./wire.ts";

/** The project's root directory, with "/" at its end. */
export const projectRoot = new URL("../..", import.meta.url).pathname;

/** A running agent. */
export interface TestAgent extends AsyncDisposable {
  /** The client's target: "unix:PATH". */
  readonly target: string;
  /** The socket's path. */
  readonly path: string;
  readonly pid: number;
  /** Resolves with the status of the process when it ends, for whatever reason. */
  readonly status: Promise<Deno.CommandStatus>;
  /** Its output so far, without the line that says that it is ready. */
  stderr(): string;
  /** Sends a signal to the agent alone. */
  kill(signal: Deno.Signal): void;
}

/** How to start an agent. */
export interface AgentOptions {
  /** Flags after `--listen`. */
  flags?: readonly string[];
  /** A compiled agent to start in place of the source. */
  program?: string;
  /** Module to start in place of agent/main.ts, which it imports. */
  entry?: string;
  /** Variables of its environment, beside the task's. */
  env?: Readonly<Record<string, string>>;
  /** Whether to grant all of the runtime's permissions. The agent's task grants only FFI. */
  allowAll?: boolean;
  /** Program and arguments put before its command, such as `taskset -c 0`. */
  prefix?: readonly string[];
  /** Added to the task's --v8-flags. */
  v8Flags?: string;
  /** Whether the test makes the agent end by itself. Otherwise disposing reports such an end. */
  ends?: boolean;
  /** Time in milliseconds within which it must answer. */
  readyMs?: number;
}

/** The module that the `agent` task starts. */
const agentEntry = "agent/main.ts";

/** Returns a function that changes a word of the command according to the options. */
function replaced({ entry, allowAll, v8Flags }: AgentOptions): (word: string) => string {
  return (word) => {
    if (word === agentEntry) return entry ?? word;
    if (word === "--allow-ffi" && allowAll) return "-A";
    return word.startsWith("--v8-flags=") && v8Flags ? `${word},${v8Flags}` : word;
  };
}

/** Starts an agent and waits until its socket answers with `ready`. */
export async function startAgent(options: AgentOptions = {}): Promise<TestAgent> {
  const directory = await Deno.makeTempDir({ prefix: "sallyport-agent-" });
  await Deno.chmod(directory, 0o755);
  const path = `${directory}/agent.sock`;
  const command = options.program === undefined
    ? agentCommand().map(replaced(options))
    : [options.program];
  const [program, ...args] = [...options.prefix ?? [], ...command];
  const child = new Deno.Command(program, {
    args: [...args, "--listen", `unix:${path}`, ...rootlessFlags, ...options.flags ?? []],
    cwd: projectRoot,
    env: { NO_COLOR: "1", ...options.env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let said = "";
  let ended = false;
  let killed = false;
  const collect = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) said += decoder.decode(chunk, { stream: true });
  };
  const streams = Promise.all([collect(child.stdout), collect(child.stderr)]);
  const status = child.status.then(async (value) => {
    ended = true;
    await within(1000, streams); // its last line may still be on its way
    return value;
  });
  const agent: TestAgent = {
    target: `unix:${path}`,
    path,
    pid: child.pid,
    status,
    stderr: () => said.replace(/^sallyport: ready; .*\n/m, ""),
    kill: (signal) => {
      if (ended) return;
      killed = true;
      signalChild(child, signal);
    },
    [Symbol.asyncDispose]: async () => {
      await within(20, status);
      // An agent never ends by itself. If it did, a failed test first needs to show what it
      // printed.
      if (ended && !killed && !options.ends) {
        const { code, signal } = await status;
        console.error(`The agent had ended by itself (${signal ?? `exit code ${code}`}): ${said}`);
      }
      const family = [child.pid, ...descendants(child.pid)];
      agent.kill("SIGTERM");
      if (!await within(3000, status)) agent.kill("SIGKILL");
      await status;
      const left = await waitUntilGone(family, 3000);
      for (const pid of left) Deno.kill(pid, "SIGKILL");
      await streams;
      await Deno.remove(directory, { recursive: true });
      if (left.length > 0) {
        throw new Error(`The agent left processes behind: ${left.join(", ")}\n${said}`);
      }
    },
  };
  try {
    await untilReady(path, options.readyMs ?? 20_000, () => ended);
  } catch (cause) {
    await agent[Symbol.asyncDispose]();
    const message = `Cannot start the agent: ${(cause as Error).message}\n${agent.stderr()}`;
    throw new Error(message, { cause });
  }
  return agent;
}

/** Waits until none of `pids` is alive. Returns those that are still alive after `limitMs`. */
export async function waitUntilGone(pids: readonly number[], limitMs: number): Promise<number[]> {
  const end = Date.now() + limitMs;
  for (;;) {
    const left = pids.filter(isAlive);
    if (left.length === 0 || Date.now() > end) return left;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Whether `promise` settled within the time. */
export async function within(limitMs: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => timer = setTimeout(() => resolve(false), limitMs));
  const early = promise.then(() => true);
  const result = await Promise.race([early, late]);
  clearTimeout(timer);
  return result;
}

async function untilReady(path: string, limitMs: number, ended: () => boolean): Promise<void> {
  const end = Date.now() + limitMs;
  let last = "it did not listen";
  while (Date.now() < end) {
    if (ended()) throw new Error("it ended");
    try {
      using wire = await Wire.connect(path);
      const ready = await wire.message(2000);
      if (ready?.type === "ready") return;
      last = `it said "${JSON.stringify(ready)}"`;
    } catch (error) {
      last = (error as Error).message;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`not ready after ${limitMs} ms: ${last}`);
}
