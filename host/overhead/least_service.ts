// What any service over HTTP has at least, as a program of its own: `Deno.serve` on a Unix socket,
// which reads JSON and answers with JSON. `/` answers with the same text each time; `/v1/runs` runs
// the request on a pool, with no check, limit, token, file, cancel or metric.

import { hostMachines } from "../pool/host_machines.ts";
import { Pool } from "../pool/pool.ts";

const [path, root, answer] = Deno.args;
const headers = { "content-type": "application/json" };
const machines = hostMachines({ monitor: "process", memoryMib: 512, cpus: 1, image: {}, root });
const pool = new Pool({ machines, size: 1, recycling: "never" });
const decoder = new TextDecoder();

const ending = new AbortController();
Deno.addSignalListener("SIGTERM", () => ending.abort());
const server = Deno.serve({ path, onListen() {}, signal: ending.signal }, async (request) => {
  const asked = await request.json();
  if (request.url.endsWith("/v1/runs")) return await run(asked);
  return new Response(answer, { headers });
});

async function run(asked: { readonly language: string; readonly code: string }): Promise<Response> {
  const { output, status, exit_code, timing } = await pool.run(asked).result;
  const stdout = decoder.decode(output.stdout);
  return new Response(JSON.stringify({ status, exit_code, stdout, timing }), { headers });
}

await pool.ready();
console.log("ready");
await server.finished;
await pool[Symbol.asyncDispose]();
