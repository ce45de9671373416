// How a run begins and ends: exactly one result follows every ack, and then whoever waits first begins.

import { answer, type Expect, refusal } from "./expect.ts";
import {
  type Ending,
  newClient,
  type Program,
  type RunState,
  type RunWishes,
  type Waiting,
  withClient,
  type World,
} from "./world.ts";

/** Bytes of input that a client may be ahead. */
export const WINDOW = 1 << 20;

/** One thing that may happen: the messages that come, and what is then true. */
export interface Possible {
  readonly world: World;
  readonly expects: readonly Expect[];
}

/** What happens for sure. */
export function surely(world: World, ...expects: Expect[]): Possible {
  return { world, expects };
}

/** One after the other. */
export function joined(first: Possible, then: Possible): Possible {
  return { world: then.world, expects: [...first.expects, ...then.expects] };
}

/** How each program ends by itself; undefined: only if something is done about it. */
const endingOf: Record<Program, Ending | undefined> = {
  exit: { status: "exited", exit_code: 3 },
  die: { status: "signaled", signal: "SIGKILL" },
  write: { status: "exited", exit_code: 0 },
  look: { status: "exited", exit_code: 0 },
  cat: undefined,
  sleep: undefined,
};

/** A run is acknowledged. It has the client's sandbox, or a new one after a run without `keep`. */
export function begin(world: World, { client, id, wishes }: Waiting, floats = false): Possible {
  if (client === undefined) return surely({ ...world, run: abandoned(id, wishes) });
  const state = world.clients.get(client) ?? newClient;
  const files = (state.spent ? undefined : state.files) ?? new Map();
  const { program } = wishes;
  const itself = endingOf[program] ?? (wishes.hasty ? { status: "timeout" } : undefined);
  const job = files.get("job");
  const run: RunState = {
    client,
    id,
    wishes,
    endings: itself === undefined ? [] : [itself],
    input: 0,
    inputEnded: false,
    inputRefused: false,
    sees: job?.kind === "file" ? job.content : "none\n",
  };
  const next = withClient(world, client, { ...state, files, spent: !wishes.keep });
  // The library keeps the window to itself.
  const window = program === "cat" && client !== "library" ? WINDOW : undefined;
  return surely({ ...next, run }, {
    ...answer(client, "ack", id, { stdin_window: window }),
    floats,
  });
}

/** A run whose client is gone: it is cancelled, and nobody hears of it. */
function abandoned(id: number, wishes: RunWishes): RunState {
  const endings = [{ status: "cancelled" }];
  const input = { input: 0, inputEnded: false, inputRefused: false };
  return { client: undefined, id, wishes, endings, ...input, sees: "" };
}

/** The run ends: its client gets the result, and the first of the line begins. */
export function ended(world: World, ending: Ending): Possible {
  const { run, line: [first, ...line] } = world;
  if (run === undefined) throw new Error("Cannot end a run: there is none");
  const { client } = run;
  let next: World = { ...world, run: undefined };
  const expects: Expect[] = [];
  const state = client === undefined ? undefined : world.clients.get(client);
  if (client !== undefined && state !== undefined) {
    const fields = { ...ending, out: (out: unknown) => isOutput(run, ending, out as string) };
    expects.push({ ...answer(client, "result", run.id, fields), floats: true });
    if (state.endedInput) {
      next = withClient(next, client, undefined);
      expects.push(answer(client, "closed"));
    } else if (run.wishes.program === "write") {
      const files = new Map(state.files).set("job", { kind: "file", content: "w\n" });
      next = withClient(next, client, { ...state, files });
    }
  }
  const over = surely(next, ...expects);
  return first === undefined ? over : joined(over, begin({ ...next, line }, first, true));
}

/** The standard output that a run may have had. */
function isOutput({ wishes, input, sees }: RunState, { status }: Ending, out: string): boolean {
  const wanted = wishes.program === "look" ? sees : "x".repeat(input);
  return status === "exited" ? out === wanted : wanted.startsWith(out);
}

/** The answer to `cancel` is the run's result, which may also say how it had ended before. */
export function cancelled(world: World): Possible[] {
  const endings = [...world.run!.endings, { status: "cancelled" }];
  return endings.map((ending) => ended(world, ending));
}

/** A run that waits in line is told "busy": its time is over, or it was cancelled. */
export function gaveUp(world: World, { client, id }: Waiting): Possible {
  const line = world.line.filter((waiting) => waiting.id !== id);
  if (client === undefined) return surely({ ...world, line });
  const busy = { ...refusal(client, id, "busy", "run"), floats: true };
  const state = world.clients.get(client);
  if (!state?.endedInput) return surely({ ...world, line }, busy);
  return surely({ ...withClient(world, client, undefined), line }, busy, answer(client, "closed"));
}
