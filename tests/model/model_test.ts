// A sample of random sequences, on a real agent beside the model of the protocol.
// `deno task model` plays 20,000.

import assert from "node:assert/strict";
import { startAgent } from "../helpers/agent.ts";
import type { Act } from "./actions.ts";
import { Driver } from "./drive.ts";
import { check, playAll } from "./sequences.ts";
import { type ClientName, emptyWorld, type Program, type RunWishes } from "./world.ts";

const sequences = Number(Deno.env.get("SALLYPORT_SEQUENCES") ?? 150);
const seed = Number(Deno.env.get("SALLYPORT_SEED") ?? 1);

Deno.test(`the agent does what the model allows, in ${sequences} sequences`, async () => {
  await using agent = await startAgent();
  await check(agent.path, { sequences, seed });
});

const run = (program: Program, wait: RunWishes["wait"] = "no", hasty = false): Act => (
  { do: "run", wishes: { program, wait, hasty, keep: false, stream: false } }
);
const by = (client: ClientName, act: Act) => ({ client, act });

/** Sequences in which agent and model once differed, and some that chance seldom makes. */
const kept: Record<string, ReturnType<typeof by>[]> = {
  "a client that ends its input while it waits gets its run": [
    by("a", run("cat")),
    by("b", run("exit", "long")),
    by("b", { do: "end-input" }),
    by("a", { do: "eof" }),
  ],
};

for (const [name, actions] of Object.entries(kept)) {
  Deno.test(name, async () => {
    await using agent = await startAgent();
    await playAll(agent.path, actions);
  });
}

Deno.test("a client that ends its input while it waits is closed when its wait is over", async () => {
  await using agent = await startAgent();
  const driver = new Driver(agent.path);
  let world = emptyWorld;
  try {
    for (const client of ["a", "b"] as const) {
      world = await driver.act(world, by(client, { do: "open" }));
    }
    world = await driver.act(world, by("a", run("sleep")));
    world = await driver.act(world, by("b", run("exit", "short")));
    world = await driver.act(world, by("b", { do: "end-input" }));
    for (let tries = 0; world.clients.has("b"); tries++) {
      assert.ok(tries < 1000, "it is told busy, and then closed");
      world = await driver.act(world, by("a", { do: "ping" }));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  } finally {
    await driver.close();
  }
});

Deno.test("a reset does not wait for the end of a run that another client began", async () => {
  await using agent = await startAgent();
  const burst: Act = { do: "burst", all: Array(6).fill({ do: "reset" }) };
  const round = [
    by("b", run("exit", "long")),
    by("a", run("cat", "long")),
    by("library", burst),
    by("a", { do: "cancel" }),
  ];
  await playAll(agent.path, Array(10).fill(round).flat());
});
