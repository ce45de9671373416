// Time from starting the agent's process to the first `ready` line, beside an empty program in the same Deno.

import { agentCommand, projectRoot } from "../../tests/helpers/agent.ts";
import { BlockingWire, pause } from "./wire.ts";

/** Flags without which an agent that is not started as root refuses to start. */
const weaker = Deno.uid() === 0 ? [] : ["--without", "ids,agent-drop"];

/** Milliseconds from spawn to the `ready` line on a first connection. Ends the agent again. */
export async function agentStart(directory: string): Promise<number> {
  const path = `${directory}/start-${crypto.randomUUID().slice(0, 8)}.sock`;
  const [program, ...args] = agentCommand();
  const start = performance.now();
  const child = new Deno.Command(program, {
    args: [...args, "--listen", `unix:${path}`, ...weaker],
    cwd: projectRoot,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    for (;;) {
      try {
        using wire = new BlockingWire(path);
        wire.message();
        return performance.now() - start;
      } catch (error) {
        if (performance.now() - start > 10_000) throw error;
        pause(0.5);
      }
    }
  } finally {
    child.kill("SIGTERM");
    await child.status;
    await Deno.remove(path).catch(() => {});
  }
}

/** Milliseconds from spawn to exit of an empty program, with the agent's own flags. */
export async function emptyStart(directory: string): Promise<number> {
  const file = `${directory}/empty.ts`;
  await Deno.writeTextFile(file, "");
  const [program, ...args] = agentCommand();
  const start = performance.now();
  const child = new Deno.Command(program, {
    args: [...args.slice(0, -1), file],
    cwd: projectRoot,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const { code } = await child.status;
  if (code !== 0) throw new Error(`Cannot measure an empty program: it exited with ${code}`);
  return performance.now() - start;
}
