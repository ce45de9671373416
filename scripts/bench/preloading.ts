// The second agent of the bench: its waiting Python has loaded libraries. Started once in a run.

import { isInstalled, programs } from "./interpreters.ts";
import type { Native } from "./native.ts";
import { agentFor, startNoMore } from "./waiting.ts";
import { BlockingWire } from "./wire.ts";

/** An agent whose waiting Python has loaded libraries, and a connection to it. */
export interface Preloading extends AsyncDisposable {
  readonly wire: BlockingWire;
}

/** Starts the agent for those programs that want libraries, if they are installed. */
export async function startPreloading(native: Native): Promise<Preloading | undefined> {
  const program = programs.find(({ preload }) => preload !== undefined);
  if (program === undefined || !isInstalled(program)) return undefined;
  const agent = await agentFor(program);
  const wire = new BlockingWire(agent.path);
  wire.message(); // ready
  startNoMore(wire, native);
  return {
    wire,
    [Symbol.asyncDispose]: async () => {
      wire[Symbol.dispose]();
      await agent[Symbol.asyncDispose]();
    },
  };
}
