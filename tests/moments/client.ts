// The client process: several connections to an agent, which take one turn after another.
//
// It reads one order a line: {"go": {target, seed, connections}}, then {"pause": true}, after which
// it finishes its turns and prints how each request ended as one line. A process of its own, so that
// it can be killed, stopped and starved too.

import { lines } from "../helpers/lines.ts";
import { type Client, connect } from "../../controller/client.ts";
import { type Random, seededRandom } from "../helpers/seeded.ts";
import { type Ending, endingOf } from "./ending.ts";
import { turns } from "./turns.ts";

/** What the client process is told. */
export type Order =
  | {
    readonly go: { readonly target: string; readonly seed: number; readonly connections: number };
  }
  | { readonly pause: true };

let paused = false;

/** Connects, takes a few turns, and leaves. */
async function visit(target: string, random: Random, endings: Ending[]): Promise<void> {
  let client: Client;
  try {
    client = await connect(target, { timeoutMs: 15_000 });
  } catch (error) {
    endings.push(endingOf("connect", error));
    await new Promise((resolve) => setTimeout(resolve, 50)); // an agent that is gone
    return;
  }
  let goesOn = true;
  const report = (ending: Ending) => {
    endings.push(ending);
    goesOn &&= ending.how === "as usual";
    return goesOn;
  };
  try {
    for (let left = 1 + random.below(4); left > 0 && goesOn && !paused; left--) {
      if (await random.one(turns)(client, random, report) === "left") break;
    }
  } catch (error) {
    endings.push({ what: "a turn", how: "wrong", detail: String(error) });
  }
  await client.close();
}

async function load(target: string, seed: number, connections: number): Promise<Ending[]> {
  const endings: Ending[] = [];
  await Promise.all(
    Array.from({ length: connections }, async (_, index) => {
      const random = seededRandom(seed + index * 7919);
      while (!paused) await visit(target, random, endings);
    }),
  );
  return endings;
}

async function main(): Promise<void> {
  let going: Promise<Ending[]> = Promise.resolve([]);
  for await (const line of lines(Deno.stdin.readable)) {
    const order = JSON.parse(line) as Order;
    if ("go" in order) {
      paused = false;
      const { target, seed, connections } = order.go;
      going = load(target, seed, connections);
    } else {
      paused = true;
      console.log(JSON.stringify(await going));
    }
  }
}

if (import.meta.main) await main();
