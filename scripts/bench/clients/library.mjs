// The library, driven by the bench: the same program in Deno, Node and Bun.
//
// Arguments: the library's module, and the target.

import process from "node:process";
import { createInterface } from "node:readline";

const [, , module, target] = process.argv;
const { connect } = await import(module);
const client = await connect(target);

async function hello() {
  const began = performance.now();
  const result = await client.run({ language: "sh", code: "echo hello" }).result;
  const ms = performance.now() - began;
  if (result.text() !== "hello\n") throw new Error(`No hello: ${JSON.stringify(result)}`);
  return { ms };
}

async function output(size) {
  const began = performance.now();
  const run = client.run({
    language: "sh",
    code: `exec head -c ${size} /dev/zero`,
    stream: true,
    timeout_ms: 30_000,
    limits: { output_total_bytes: size },
  });
  let bytes = 0;
  for await (const piece of run) bytes += piece.bytes.length;
  const { ok, timedOut, stdout, status, limit } = await run.result;
  // A slow machine may not be through in time: what came counts.
  if (!ok && !timedOut) throw new Error(`No output: ${status} ${limit}`);
  return { bytes, dropped: stdout.dropped, ms: performance.now() - began };
}

console.log("{}");
for await (const line of createInterface({ input: process.stdin })) {
  const [word, size] = line.split(" ");
  console.log(JSON.stringify(word === "hello" ? await hello() : await output(Number(size))));
}
await client.close();
