// What every measurement uses: the agents in use, their peers, and the place for samples.

import type { Form } from "./form.ts";
import type { Native } from "./native.ts";
import type { Preloading } from "./preloading.ts";
import type { Rows } from "./rows.ts";
import type { SandboxPeer } from "./sandbox_peers.ts";
import type { StartedAgent } from "./start_up.ts";
import type { BlockingWire } from "./wire.ts";

/** Shared by all measurements. */
export interface Session {
  readonly rows: Rows;
  readonly form: Form;
  readonly native: Native;
  readonly sandboxes: readonly SandboxPeer[];
  /** Directory for files and sockets, removed at the end. Other users may enter it. */
  readonly directory: string;
  readonly agent: StartedAgent;
  /** A connection to the agent, on which `ready` has been read. */
  readonly wire: BlockingWire;
  /** A connection to the C echo. */
  readonly echo: BlockingWire;
  /** A connection to the Deno echo. */
  readonly denoEcho: BlockingWire;
  /** The agent that preloads libraries, where those are installed. */
  readonly preloading: Preloading | undefined;
}

/** One measurement. `take` collects its samples, once in every `every`th round. */
export interface Measurement {
  readonly every: number;
  take(session: Session): Promise<void> | void;
}
