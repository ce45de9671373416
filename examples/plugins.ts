// A runner of plug-ins: WebAssembly modules of strangers, each called by Node in a sandbox.
//
// Usage: deno run -A examples/plugins.ts TARGET
//
// In a project of your own the import is "sallyport" (npm). WebAssembly by itself keeps a plug-in
// from files and sockets; the sandbox bounds its time and memory too, and a fault of the engine.

import { type Client, connect } from "../controller/client.ts";

/** What a plug-in does: from a price and a number, what the customer pays. */
type Call = readonly [price: number, count: number];

/** Node's side. It reads calls from standard input, one a line, and prints what came out. */
const host = `
import { readFileSync } from "node:fs";
const module = new WebAssembly.Module(readFileSync("plugin.wasm"));
const { pay } = new WebAssembly.Instance(module, {}).exports;
for (const line of readFileSync(0, "utf8").split("\\n")) {
  console.log(pay(...line.split(" ").map(Number)));
}
`;

async function callPlugin(client: Client, plugin: Uint8Array, calls: readonly Call[]) {
  await client.reset(); // no plug-in finds what another one left
  await client.put("plugin.wasm", plugin);
  const result = await client.run({
    language: "node",
    code: host,
    stdin: { text: calls.map((call) => call.join(" ")).join("\n") },
    timeout_ms: 2000,
  }).result;
  if (result.ok) return result.text().trim().split("\n").map(Number);
  if (result.timedOut) return "took too long";
  const why = /^(?:\w*Error|WebAssembly.*Error).*$/m.exec(result.text("stderr"));
  return why?.[0] ?? result.limit ?? result.status;
}

// A module, as bytes: magic number and version, then sections for types, functions, exports, code.
const section = (id: number, ...content: number[]) => [id, content.length, ...content];

/** (module (func (export "pay") (param i32 i32) (result i32) BODY)) */
function moduleOf(...body: number[]): Uint8Array {
  const name = [...new TextEncoder().encode("pay")];
  const code = [0, ...body, 0x0b];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 1, 0x60, 2, 0x7f, 0x7f, 1, 0x7f),
    ...section(3, 1, 0),
    ...section(7, 1, name.length, ...name, 0, 0),
    ...section(10, 1, code.length, ...code),
  ]);
}

const plugins: Record<string, Uint8Array> = {
  // local.get 0, local.get 1, i32.mul
  "full price": moduleOf(0x20, 0, 0x20, 1, 0x6c),
  // the same, then i32.const 9, i32.mul, i32.const 10, i32.div_s
  "a tenth off": moduleOf(0x20, 0, 0x20, 1, 0x6c, 0x41, 9, 0x6c, 0x41, 10, 0x6d),
  // local.get 0, i32.const 0, i32.div_s
  "divides by zero": moduleOf(0x20, 0, 0x41, 0, 0x6d),
  // loop, br 0, end, i32.const 0
  "never ends": moduleOf(0x03, 0x40, 0x0c, 0, 0x0b, 0x41, 0),
  "is no module": new TextEncoder().encode("#!/bin/sh\nrm -rf /\n"),
};

await using client = await connect(Deno.args[0] ?? "unix:/tmp/agent.sock");
for (const [name, plugin] of Object.entries(plugins)) {
  const said = await callPlugin(client, plugin, [[100, 3], [20, 1]]);
  console.log(`${name}: ${Array.isArray(said) ? said.join(", ") : said}`);
}
