// Eight connections at once: when one ends, its place is free for a client that connects at the
// same moment.

import assert from "node:assert/strict";
import { startAgent } from "../helpers/agent.ts";
import { assertSettles, censusAtRest } from "../helpers/census.ts";
import { Wire } from "../helpers/wire.ts";

/** Number of rounds. In each, one connection leaves and one comes. */
const rounds = 500;

Deno.test(`connections: ${rounds} times one comes as another of eight leaves, none is told busy`, async () => {
  await using agent = await startAgent();
  await new Promise((resolve) => setTimeout(resolve, 100)); // that first connection has ended
  const before = await censusAtRest(agent.pid);
  const wires: Wire[] = [];
  const ready = async (wire: Wire, what: string) => {
    const message = await wire.message();
    assert.equal(message?.type, "ready", `${what}: ${JSON.stringify(message)}`);
    wires.push(wire);
  };
  for (let index = 0; index < 8; index++) await ready(await Wire.connect(agent.path), "filling");
  for (let round = 0; round < rounds; round++) {
    const leaving = wires.shift()!;
    // If the agent is stopped, it sees both events when it continues, in either order. If it runs,
    // it may see them one by one.
    const stopped = round % 3 > 0;
    if (stopped) Deno.kill(agent.pid, "SIGSTOP");
    if (round % 3 < 2) leaving[Symbol.dispose]();
    const coming = await Wire.connect(agent.path);
    leaving[Symbol.dispose]();
    if (stopped) Deno.kill(agent.pid, "SIGCONT");
    await ready(coming, `round ${round}`);
  }
  for (const wire of wires) { // whoever asked for something keeps its place
    await wire.say({ type: "ping" });
    assert.equal((await wire.message())?.type, "pong");
  }
  using ninth = await Wire.connect(agent.path);
  assert.equal((await ninth.message())?.code, "busy", "there are still only eight places");
  for (const wire of wires) {
    await wire.say({ type: "ping" });
    assert.equal((await wire.message())?.type, "pong");
    wire[Symbol.dispose]();
  }
  await assertSettles(agent.pid, before);
});
