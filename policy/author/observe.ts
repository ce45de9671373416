// Runs programs in the real sandbox, through the project's own commands, and reads what was refused.
//
// The agent runs as a process of its own, as it does in a machine image: its filter tells every call
// outside of the profile, and the result names them.

import { join } from "node:path";
import { parse } from "jsonc-parser";
import type { Observation } from "./learn.ts";

const root = new URL("../../", import.meta.url).pathname;

/** Time until the agent must listen, in milliseconds. */
const START_MS = 15_000;

/**
 * Runs each program as `language` and returns what it was denied, in the order of `programs`.
 *
 * @param target an agent that runs already; without one an agent is started, and ended again
 */
export async function observe(
  language: string,
  programs: readonly string[],
  target?: string,
): Promise<Observation[]> {
  if (target !== undefined) return await runAll(language, programs, target);
  const dir = await Deno.makeTempDir({ prefix: "sallyport-learn-" });
  const socket = join(dir, "agent.sock");
  const [program, ...args] = await taskCommand("agent");
  const agent = new Deno.Command(program, {
    args: [...args, "--listen", `unix:${socket}`],
    cwd: root,
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  try {
    await listening(socket);
    return await runAll(language, programs, `unix:${socket}`);
  } finally {
    agent.kill("SIGTERM");
    await agent.status;
    await Deno.remove(dir, { recursive: true });
  }
}

/** The words of a task's command, with this Deno in place of "deno". */
async function taskCommand(name: string): Promise<string[]> {
  const { tasks } = parse(await Deno.readTextFile(join(root, "deno.json")));
  const [, ...words] = String(tasks[name].command).split(" ");
  return [Deno.execPath(), ...words];
}

async function listening(socket: string): Promise<void> {
  for (const end = Date.now() + START_MS; Date.now() < end;) {
    try {
      (await Deno.connect({ transport: "unix", path: socket })).close();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`Cannot learn: the agent did not listen within ${START_MS} ms`);
}

async function runAll(language: string, programs: readonly string[], target: string) {
  const observations: Observation[] = [];
  for (const program of programs) {
    observations.push({ program, denied: await deniedOf(language, program, target) });
  }
  return observations;
}

async function deniedOf(language: string, program: string, target: string) {
  const options = ["--language", language, "--no-stdin", "--json"];
  const [sallyport, ...args] = await taskCommand("sallyport");
  const { stdout, stderr } = await new Deno.Command(sallyport, {
    args: [...args, "--target", target, "run", ...options, program].map((word) =>
      word === "controller/main.ts" ? join(root, word) : word
    ),
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout).trim();
  // The exit status is the program's own, so only the absence of a result is a failure.
  if (!text.startsWith("{")) {
    throw new Error(`Cannot run "${program}": ${new TextDecoder().decode(stderr).trim()}`);
  }
  return JSON.parse(text).denied as Observation["denied"];
}
