// The monitor `process`: an agent straight on this host, with no virtual machine around it.
//
// For hosts that cannot run guests, and for tests. Its jobs are kept apart by the agent alone, so a
// bug of this host's kernel is not behind another wall.

import { agentBinary, distDirectory, root } from "../../scripts/tools/paths.ts";
import { agentCommand, rootlessFlags } from "../../scripts/tools/source_agent.ts";
import type { Monitor, Running } from "./monitor.ts";
import type { AgentImage } from "./options.ts";
import type { Place } from "./place.ts";
import { programOf } from "./programs.ts";
import { freeze, signal, thaw } from "./processes.ts";

/** Asks the agent whether it could start here. Returns null, or the last line that it printed. */
export async function agentRefuses(): Promise<string | null> {
  const [program, ...args] = await usualAgent();
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args, "--check", ...rootlessFlags],
    cwd: root,
    stdin: "null",
  }).output();
  if (success) return null;
  const decoder = new TextDecoder();
  return (decoder.decode(stdout) + decoder.decode(stderr)).trim().split("\n").at(-1)!;
}

/** The compiled agent if there is one, else the agent from source. */
async function usualAgent(): Promise<readonly string[]> {
  const compiled = `${distDirectory}/${agentBinary(Deno.build.arch)}`;
  return await Deno.stat(compiled).then(() => [compiled], () => agentCommand());
}

async function boot(place: Place): Promise<Running> {
  const { agent } = place.options.image as AgentImage;
  const [program, ...args] = agent ?? await usualAgent();
  const found = program.includes("/") ? programOf("the agent", program) : programOf(program);
  const path = `${place.root}/agent.sock`;
  const process = await place.spawn({
    name: "the agent",
    command: [found, ...args, "--listen", `unix:${path}`, ...rootlessFlags],
    changesIds: Deno.uid() === 0,
    cwd: root,
  });
  return {
    target: `unix:${path}`,
    pause: () => Promise.resolve(freeze(process)),
    resume: () => Promise.resolve(thaw(process)),
    snapshot: () => Promise.reject(new Error(unsaved)),
    shutdown: () => Promise.resolve(signal(process, "SIGTERM")),
  };
}

const unsaved = "processes cannot be saved";

/** An agent on this host. */
export const processMonitor: Monitor = {
  name: "process",
  lacks: () => ["virtual machine"],
  cannotSave: () => unsaved,
  boot,
  restore: () => Promise.reject(new Error(unsaved)),
};
