// 10,000 malformed requests of the newer kinds, made from a seed: each gets one error that names what
// is wrong, or is right after all. The agent is as before.

import assert from "node:assert/strict";
import { errorCodes } from "../../protocol/protocol.ts";
import { startAgent } from "../helpers/agent.ts";
import { assertSettles, census, residentBytes } from "../helpers/census.ts";
import { connect, runNext } from "../helpers/job.ts";
import { type Delivery, Wire } from "../helpers/wire.ts";
import { type Generated, Generator } from "./malformed_generator.ts";

const seed = Number(Deno.env.get("SALLYPORT_SEED") ?? 20_260);
const requests = 10_000;
/** Requests that are sent before an answer is read. */
const atOnce = 50;

async function answers(wire: Wire): Promise<Delivery> {
  const delivery = await wire.delivery(20_000);
  assert.ok(delivery !== null, "the connection ended");
  return delivery.message.type === "ack" ? await wire.until("result", 20_000) : delivery;
}

function check({ send, faults, id }: Generated, { message }: Delivery): void {
  const about = `${send.slice(0, 300)}\n${JSON.stringify(message).slice(0, 500)}`;
  // A request that is no message has no id; one whose id is wrong gets none either.
  if (id !== undefined) assert.equal(message.id, id, about);
  else assert.ok(message.id === undefined || faults?.[0] === "", about);
  if (message.type !== "error") {
    assert.equal(faults, undefined, about);
    assert.match(message.type, /^(done|files|file|result)$/, about);
    return;
  }
  assert.ok(errorCodes.includes(message.code) && message.code !== "internal", about);
  assert.match(message.message, /^Cannot accept ("[^]*"|the message): it [a-z]/, about);
  assert.ok(JSON.stringify(message).length < 1500, "an error does not grow with the request");
  if (message.field !== undefined) assert.ok(message.message.includes(`"${message.field}"`), about);
  if (faults === undefined) assert.match(message.code, /not_found|forbidden_path/, about);
  else assert.ok(faults.some((fault) => names(message.field, fault)), `${faults}: ${about}`);
}

/** Whether an error's field is that of a fault, or below it; a long name is cut off. */
function names(field: string | undefined, fault: string): boolean {
  if (field === undefined) return fault === "";
  const shown = field.endsWith("…") ? field.slice(0, -1) : field;
  return field === fault || field.startsWith(`${fault}.`) ||
    (fault.startsWith(shown) && shown.length >= 64);
}

/** Sizes that no body has: where the next line begins is then unknown. */
const noSizes = ["-1", "0.5", '"3"', "null", "1e300", "9007199254740993", "67108865", "[]", "{}"];

Deno.test("malformed: a body of no size ends the connection, whatever the request", async () => {
  await using agent = await startAgent();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const before = census(agent.pid);
  for (const kind of ["mkdir", "link", "remove", "list", "get", "put", "run"]) {
    for (const size of noSizes) {
      using wire = await Wire.connect(agent.path);
      await wire.message(); // ready
      await wire.send(`{"type":"${kind}","path":"a","bytes":${size}}\nabc`);
      const answer = await wire.message();
      assert.deepEqual([answer?.type, answer?.field], ["error", "bytes"], JSON.stringify(answer));
      assert.match(answer!.code, /^(bad_request|too_large)$/);
      assert.ok(await wire.closes(2000), `${kind} of ${size} bytes leaves the connection open`);
    }
  }
  await assertSettles(agent.pid, before);
});

Deno.test(`malformed: ${requests} requests from seed ${seed}`, async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  const generator = new Generator(seed, (await client.info()).languages.map(({ name }) => name));
  const kindsOfAnswers: Record<string, number> = {};
  const round = async (count: number): Promise<void> => {
    using wire = await Wire.connect(agent.path);
    assert.equal((await wire.message())?.type, "ready");
    for (let sent = 0; sent < count;) {
      const batch: Generated[] = [];
      // While a job runs, what follows is refused as busy: a run ends its batch.
      while (batch.length < atOnce && !batch.at(-1)?.runs) batch.push(generator.next(sent++));
      const sending = wire.send(batch.map(({ send }) => send).join(""));
      for (const request of batch) {
        const answer = await answers(wire);
        check(request, answer);
        const kind = answer.message.code ?? answer.message.type;
        kindsOfAnswers[kind] = (kindsOfAnswers[kind] ?? 0) + 1;
      }
      assert.ok(await sending);
    }
    await wire.say({ type: "ping", id: "alive" });
    assert.deepEqual(await wire.message(), { type: "pong", id: "alive" });
  };
  await round(2000);
  await runNext(client, "sh");
  await client.reset();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const before = census(agent.pid);
  const memory = residentBytes(agent.pid);
  for (let part = 0; part < 5; part++) {
    await round(requests / 5);
    await runNext(client, "sh");
  }
  await client.reset();
  await assertSettles(agent.pid, before);
  const grown = residentBytes(agent.pid) - memory;
  assert.ok(grown < 0.1 * memory, `grew by ${grown} of ${memory} bytes`);
  assert.equal(agent.stderr(), "");
  console.log(`seed ${seed}: ${JSON.stringify(kindsOfAnswers)}`);
});
