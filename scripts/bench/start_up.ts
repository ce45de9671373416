// Time from starting a process to its ready line: the agent, and an empty program in the same form.
//
// Both measurements end when a waiting reader has a line from a pipe. The agent's line says that it
// is ready: hardened, with its first sandbox made.

import { descendants } from "../../tests/helpers/census.ts";
import { rootlessFlags } from "../tools/source_agent.ts";
import type { Form } from "./form.ts";
import { BlockingWire, pause } from "./wire.ts";

/** Time after which an agent that does not come up is given up. */
const LIMIT_MS = 10_000;

/** A started agent. */
export interface StartedAgent extends AsyncDisposable {
  readonly pid: number;
  readonly path: string;
}

/** Starts an agent on its own socket below `directory`, without waiting for it. */
function spawnAgent(form: Form, directory: string): StartedAgent {
  const path = socketIn(directory);
  const [program, ...args] = agentCommand(form, path);
  const child = new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "inherit", // shows the agent's error if it does not start
  }).spawn();
  return {
    pid: child.pid,
    path,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await child.status;
      await Deno.remove(path).catch(() => {});
    },
  };
}

/** Connects as soon as the agent listens. The agent will send `ready` on this connection. */
function connectSoon({ path }: StartedAgent): BlockingWire {
  for (const end = performance.now() + LIMIT_MS;;) {
    try {
      return new BlockingWire(path);
    } catch (error) {
      if (performance.now() > end) throw error;
      pause(0.5);
    }
  }
}

/** Starts an agent and waits until it is ready. */
export function startAgent(form: Form, directory: string): StartedAgent {
  const agent = spawnAgent(form, directory);
  using wire = connectSoon(agent);
  wire.message();
  return agent;
}

/** Milliseconds from spawn until connect(2) succeeds. Ends the agent afterwards. */
export async function listeningStart(form: Form, directory: string): Promise<number> {
  const start = performance.now();
  await using agent = spawnAgent(form, directory);
  using _wire = connectSoon(agent);
  return performance.now() - start;
}

/** Starts a program. Milliseconds until it has said something on that stream, and what. */
async function firstWords([program, ...args]: readonly string[], stream: "stdout" | "stderr") {
  const others = { stdout: "null", stderr: "null" } as const;
  const start = performance.now();
  const child = new Deno.Command(program, { args, stdin: "null", ...others, [stream]: "piped" })
    .spawn();
  const reader = child[stream].pipeThrough(new TextDecoderStream()).getReader();
  const { value: said } = await reader.read();
  return { ms: performance.now() - start, said, child, reader };
}

/** Milliseconds from spawn until the agent says on its stderr that it is ready. Ends it afterwards. */
export async function readyStart(form: Form, directory: string): Promise<number> {
  const path = socketIn(directory);
  const { ms, said, child, reader } = await firstWords(agentCommand(form, path), "stderr");
  child.kill("SIGTERM");
  await child.status;
  await reader.cancel();
  await Deno.remove(path).catch(() => {});
  if (said?.startsWith("sallyport: ready") !== true) {
    throw new Error(`Cannot measure an agent that does not come up: it said ${said ?? "nothing"}`);
  }
  return ms;
}

const socketIn = (directory: string) => `${directory}/${crypto.randomUUID().slice(0, 8)}.sock`;

const agentCommand = ({ agent }: Form, path: string) => [
  ...agent,
  ...["--listen", `unix:${path}`],
  ...rootlessFlags,
];

/** How long an agent rests before each of its first connections. */
const REST_MS = 50;

/**
 * Milliseconds from connect(2) to the `ready` line, on the first connection to an agent that is
 * already ready, and on the next one.
 */
export async function firstConnections(
  form: Form,
  directory: string,
): Promise<{ first: number; later: number }> {
  await using agent = spawnAgent(form, directory);
  // Wait for three launchers (zygote, keeper, runner) and a little longer: then the agent is ready,
  // without a connection having asked.
  for (const end = performance.now() + LIMIT_MS; descendants(agent.pid).length < 3;) {
    if (performance.now() > end) throw new Error("Cannot measure an agent that does not come up");
    pause(5);
  }
  pause(REST_MS);
  const first = greeting(agent.path);
  pause(REST_MS);
  return { first, later: greeting(agent.path) };
}

/** Milliseconds from connect(2) to the first line. */
export function greeting(path: string): number {
  const start = performance.now();
  using wire = new BlockingWire(path);
  wire.message();
  return performance.now() - start;
}

/** Milliseconds from spawn to a program's first line on its stdout. It must then end by itself. */
export async function lineStart(command: readonly string[]): Promise<number> {
  const { ms, said, child, reader } = await firstWords(command, "stdout");
  await reader.cancel();
  const { code } = await child.status;
  if (said === undefined || code !== 0) {
    throw new Error(`Cannot measure "${command.join(" ")}": it exited with ${code}`);
  }
  return ms;
}
