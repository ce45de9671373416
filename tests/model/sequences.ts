// Random sequences of actions, run on a real agent beside the model, and shrunk where they differ.

import * as fc from "fast-check";
import { type Act, type Action, shown } from "./actions.ts";
import { Driver, TooSlow } from "./drive.ts";
import { action } from "./random_actions.ts";
import type { Tally } from "./tally.ts";
import { WINDOW } from "./spec_run.ts";
import { emptyWorld, owes, type World } from "./world.ts";

/** The most input of one run: all of it fits into the ring of its output. */
const MOST_INPUT = 900_000;

/** Whether a client can do that now, and the model says what comes of it. */
export function isEnabled(world: World, action: Action): boolean {
  // A client that ended its input may leave while the crowd comes in.
  if (action === "crowd") return [...world.clients.values()].every((one) => !one.endedInput);
  const { client, act } = action;
  const state = world.clients.get(client);
  if (state === undefined) return act.do === "open";
  if (act.do === "open" || state.endedInput) return act.do === "close";
  if (act.do === "close") return true;
  if (state.half !== undefined) return act.do === "other-half" || act.do === "end-input";
  if (act.do === "other-half") return false;
  const own = world.run?.client === client ? world.run : undefined;
  // What a job leaves that was stopped while it wrote is not known.
  if (act.do === "cancel" || act.do === "signal") {
    const waiting = world.line.find((one) => one.client === client);
    if ((own ?? waiting)?.wishes.program === "write") return false;
  }
  if (act.do === "stdin" && act.bytes <= WINDOW) {
    if (own !== undefined && own.input + act.bytes > MOST_INPUT) return false;
  }
  return client !== "library" || libraryCan(world, act, own);
}

/** The library sends no malformed messages, and speaks of a run only while it has one. */
function libraryCan(world: World, act: Act, own: World["run"]): boolean {
  switch (act.do) {
    case "malformed":
    case "half-line":
    case "half-put":
    case "end-input":
      return false;
    case "run":
      return !owes(world, "library");
    case "cancel":
      return owes(world, "library");
    case "signal": // its answer is not shown, so the run must have begun
      return own !== undefined;
    case "stdin":
    case "eof":
      return own?.wishes.program === "cat" && !own.inputEnded && !own.inputRefused &&
        !(act.do === "stdin" && act.bytes > WINDOW);
    default:
      return true;
  }
}

/** The model's state, which each command replaces. */
interface Held {
  world: World;
}

class Command implements fc.AsyncCommand<Held, Driver> {
  constructor(readonly action: Action) {}

  check({ world }: Held): boolean {
    return isEnabled(world, this.action);
  }

  async run(held: Held, driver: Driver): Promise<void> {
    held.world = await driver.act(held.world, this.action);
  }

  toString(): string {
    return shown(this.action);
  }
}

/** What every sequence begins with. */
const opening: Action[] = [
  { client: "a", act: { do: "open" } },
  { client: "b", act: { do: "open" } },
  { client: "library", act: { do: "open" } },
];

/** What must hold after every sequence: the agent is free again, and runs the next job. */
const closing: Action[] = [
  { client: "a", act: { do: "open" } },
  {
    client: "a",
    act: {
      do: "run",
      wishes: { program: "exit", keep: false, stream: false, hasty: false, wait: "long" },
    },
  },
];

/** Plays the actions that are possible on the agent at `path`. Throws where it differs. */
export async function play(
  path: string,
  commands: Iterable<fc.AsyncCommand<Held, Driver>>,
  tally?: Tally,
  shrinking = false,
) {
  const driver = new Driver(path, tally, shrinking);
  const held: Held = { world: emptyWorld };
  try {
    for (const first of opening) held.world = await driver.act(held.world, first);
    await fc.asyncModelRun(() => ({ model: held, real: driver }), commands);
    for (const client of held.world.clients.keys()) {
      held.world = await driver.act(held.world, { client, act: { do: "close" } });
    }
    for (const last of closing) held.world = await driver.act(held.world, last);
    await untilOver(driver, held);
  } finally {
    await driver.close();
  }
}

/** Until the last run's result has come. */
async function untilOver(driver: Driver, held: Held): Promise<void> {
  for (let tries = 0; held.world.run !== undefined || held.world.line.length > 0; tries++) {
    if (tries > 2000) throw new Error("the last job did not end");
    held.world = await driver.act(held.world, { client: "a", act: { do: "ping" } });
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Plays exactly these actions, leaving out none. */
export async function playAll(path: string, actions: readonly Action[]): Promise<void> {
  await play(path, actions.map((one) => new Command(one)));
}

/** Options of a number of sequences. */
export interface Wanted {
  readonly sequences: number;
  readonly seed: number;
  /** Counts what is played. */
  readonly tally?: Tally;
}

/** Plays random sequences. Throws for the first difference, shrunk, with its seed. */
export async function check(path: string, { sequences, seed, tally }: Wanted): Promise<void> {
  const commands = fc.commands([action.map((one) => new Command(one))], {
    maxCommands: 40,
    size: "max",
  });
  let shrinking = false;
  const property = fc.asyncProperty(commands, async (chosen) => {
    try {
      await play(path, chosen, tally, shrinking);
    } catch (error) {
      if (error instanceof TooSlow) return;
      if (!shrinking) console.error(`seed ${seed}: ${(error as Error).message}\nshrinking it ...`);
      shrinking = true;
      throw error;
    }
    if (tally !== undefined) tally.sequences++;
  });
  const found = await fc.check(property, {
    numRuns: sequences,
    seed,
    interruptAfterTimeLimit: undefined,
    endOnFailure: false,
  });
  if (!found.failed) return;
  throw new Error(
    `seed ${seed}: after ${found.numRuns} sequences and ${found.numShrinks} steps of shrinking:\n` +
      `${found.counterexample}\n${(found.errorInstance as Error | null)?.message}`,
  );
}
