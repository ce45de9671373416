// Starts the agent from source, as `deno task agent` does.

import { root } from "./paths.ts";

/** The command of the `agent` task, with the running deno as its program. */
export function agentCommand(): string[] {
  const { tasks } = JSON.parse(Deno.readTextFileSync(`${root}/deno.json`));
  const [deno, ...words] = (tasks.agent.command as string).split(/\s+/);
  if (deno !== "deno") throw new Error(`Cannot read the agent task: it begins "${deno}"`);
  return [Deno.execPath(), ...words];
}

/** Flags that an agent needs to start when it is not started by root. */
export const rootlessFlags: readonly string[] = Deno.uid() === 0
  ? []
  : ["--without", "ids,agent-drop"];

/** Starts an agent that listens on the Unix socket at `path`. Its standard error is a stream. */
export function spawnAgent(path: string): Deno.ChildProcess {
  const [program, ...args] = agentCommand();
  return new Deno.Command(program, {
    args: [...args, "--listen", `unix:${path}`, ...rootlessFlags],
    cwd: root,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
}
