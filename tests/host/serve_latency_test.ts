// What the service adds to a run over a pool in the caller's own program: medians of both, turn by
// turn, in one run, beside the floor: a bare Deno.serve that reads a request and answers with the
// same JSON, also in a process of its own. Each has a machine of its own, so that neither waits for the other's to be
// renewed.

import assert from "node:assert/strict";
import { overHttp } from "./serve_stage.ts";
import { staged } from "./pool_stage.ts";
import { clientOf } from "./serve_stage.ts";
import { runOf, startServe } from "./serve_program.ts";

const ROUNDS = 200;
const WARM_UP = 30;
/** Far above what it is: other programs may run at the same time. */
const MOST_MS = 20;

Deno.test("the service adds little to a run", overHttp, () =>
  staged({}, async ({ pool, root }) => {
    const directory = root.replace(/\/machines$/, "");
    const program = await startServe(directory, ["--recycling", "never"]);
    await pool.ready();
    const request = { language: "sh", code: "echo 1" };
    const events = { accept: "text/event-stream" };
    const ask = async (init: RequestInit) => {
      assert.match(await (await program.ask("/v1/runs", init)).text(), /"status":"exited"/);
    };
    const answer = await (await program.ask("/v1/runs", runOf(request))).text();
    const bare = await startBare(directory, answer);
    const times = await measure({
      library: async () => void await pool.run(request).result,
      service: () => ask(runOf(request)),
      "floor, over HTTP": async () => void await (await bare.ask(runOf(request))).text(),
      "no run, over HTTP": async () => void await (await program.ask("/healthz")).text(),
      "service, as events": () => ask(runOf(request, events)),
    });
    await bare.end();
    program.process.kill("SIGTERM");
    await program.end();
    for (const [way, values] of times) {
      console.log(`${way}: ${median(values).toFixed(2)} ms, at best ${values[0].toFixed(2)}`);
    }
    const [library, service] = ["library", "service"].map((way) => times.get(way)!);
    const added = median(service) - median(library);
    const best = service[0] - library[0];
    console.log(`added: ${added.toFixed(2)} ms, at best ${best.toFixed(2)} (${ROUNDS} of each)`);
    assert.ok(added < MOST_MS, `it adds ${added} ms`);
  }));

const bareServer = `Deno.serve({ path: Deno.args[0], onListen() {} }, async (request) => {
  await request.json();
  return new Response(Deno.args[1], { headers: { "content-type": "application/json" } });
});`;

/** A server that does nothing else. */
async function startBare(directory: string, answer: string) {
  const [path, code] = [`${directory}/bare.sock`, `${directory}/bare.ts`];
  await Deno.writeTextFile(code, bareServer);
  const args = ["run", "-A", code, path, answer];
  const process = new Deno.Command(Deno.execPath(), { args, stdout: "null" }).spawn();
  const client = clientOf(path);
  const ask = (init: RequestInit) => fetch("http://host/", { ...init, client } as RequestInit);
  const end = async () => {
    process.kill("SIGTERM");
    await process.status;
    client.close();
  };
  for (let tries = 0; tries < 400; tries++) {
    const ready = await ask({ method: "POST", body: "1" }).then((got) => got.text(), () => null);
    if (ready === answer) return { ask, end };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await end();
  throw new Error("The bare server does not answer");
}

/** Times of each way in milliseconds, sorted. */
async function measure(
  ways: Readonly<Record<string, () => Promise<void>>>,
): Promise<Map<string, number[]>> {
  const times = new Map(Object.keys(ways).map((way) => [way, [] as number[]]));
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const [way, call] of Object.entries(ways)) {
      const start = performance.now();
      await call();
      if (round >= 0) times.get(way)!.push(performance.now() - start);
    }
  }
  for (const values of times.values()) values.sort((a, b) => a - b);
  return times;
}

const median = (sorted: readonly number[]) => sorted[sorted.length >> 1];
