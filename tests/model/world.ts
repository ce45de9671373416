// What the model knows of an agent: who is connected, which files each client has, what runs, and who
// waits. It is all that decides what an agent may answer.

import type { Tree } from "./tree.ts";

/** The clients of a sequence: two that speak raw lines, and one through the client library. */
export const clientNames = ["a", "b", "library"] as const;
/** One of them. */
export type ClientName = (typeof clientNames)[number];

/** The programs that runs execute. */
export type Program = "exit" | "die" | "write" | "look" | "cat" | "sleep";

/** What a run is asked for. */
export interface RunWishes {
  readonly program: Program;
  readonly keep: boolean;
  readonly stream: boolean;
  /** A timeout that comes soon, in place of one that never does. */
  readonly hasty: boolean;
  /** How long to wait in line: not at all, for less than a held run takes, or for as long as it takes. */
  readonly wait: "no" | "short" | "long";
}

/** How a run may end: the fields of its result. */
export interface Ending {
  readonly status: string;
  readonly exit_code?: number;
  readonly signal?: string;
}

/** The run that is under way. */
export interface RunState {
  /** Undefined once its client is gone: nobody gets the result. */
  readonly client: ClientName | undefined;
  readonly id: number;
  readonly wishes: RunWishes;
  /** How it may end by now. Empty while it goes on until something is done about it. */
  readonly endings: readonly Ending[];
  /** Bytes of input that it was given. */
  readonly input: number;
  readonly inputEnded: boolean;
  /** Whether input was refused: what follows is dropped. */
  readonly inputRefused: boolean;
  /** What "look" prints. */
  readonly sees: string;
}

/** A run that waits for the one under way to end. */
export interface Waiting {
  /**
   * Undefined once its client is gone: its run may have begun just before, and nobody saw it, or it
   * has left the line.
   */
  readonly client: ClientName | undefined;
  readonly id: number;
  readonly wishes: RunWishes;
}

/** What the agent holds for a client that is connected. */
export interface ClientState {
  /** Its sandbox's files; undefined while it has no sandbox. */
  readonly files: Tree | undefined;
  /** Whether a job ran in that sandbox and did not ask to keep it. */
  readonly spent: boolean;
  /** What it has begun to send and not finished. */
  readonly half: Half | undefined;
  /** Whether it said that it sends no more. */
  readonly endedInput: boolean;
}

/** The missing part of a message: of a line, or of the body of a `put`. */
export type Half =
  | { readonly kind: "line"; readonly id: number }
  | {
    readonly kind: "body";
    readonly id: number;
    readonly path: string;
    /** Whether the request was refused: its body is then skipped. */
    readonly refused: boolean;
  };

/** The whole state. A client that is not in it is not connected. */
export interface World {
  readonly clients: ReadonlyMap<ClientName, ClientState>;
  readonly run: RunState | undefined;
  readonly line: readonly Waiting[];
  /** The id of the next request. */
  readonly nextId: number;
}

/** A client that has just connected. */
export const newClient: ClientState = {
  files: undefined,
  spent: false,
  half: undefined,
  endedInput: false,
};

/** The agent before anybody came. */
export const emptyWorld: World = { clients: new Map(), run: undefined, line: [], nextId: 1 };

/** The same world with another state of `name`; undefined: it is not connected. */
export function withClient(world: World, name: ClientName, state: ClientState | undefined): World {
  const clients = new Map(world.clients);
  if (state === undefined) clients.delete(name);
  else clients.set(name, state);
  return { ...world, clients };
}

/** Whether an answer to a run is still due to `name`: it runs or waits. */
export function owes(world: World, name: ClientName): boolean {
  return world.run?.client === name || world.line.some(({ client }) => client === name);
}
