// The raw socket, driven by the bench: what every client is compared with.
//
// It blocks, parses each line, and counts the bytes of bodies: the least that a client can do.
// Argument: the agent's socket.

import process from "node:process";
import { createInterface } from "node:readline";
import { request, resultOf } from "../jobs.ts";
import { BlockingWire } from "../wire.ts";

const wire = new BlockingWire(Deno.args[0]);
wire.message(); // ready

function hello() {
  const began = performance.now();
  wire.send(request("sh", "echo hello"));
  resultOf(wire);
  return { ms: performance.now() - began };
}

function output(size: number) {
  const began = performance.now();
  wire.bodyBytes = 0;
  wire.send(request("sh", `exec head -c ${size} /dev/zero`, {
    stream: true,
    timeout_ms: 30_000,
    limits: { output_total_bytes: size },
  }));
  const { stdout } = resultOf(wire);
  return { bytes: wire.bodyBytes, dropped: stdout.dropped, ms: performance.now() - began };
}

console.log("{}");
for await (const line of createInterface({ input: process.stdin })) {
  const [word, size] = line.split(" ");
  console.log(JSON.stringify(word === "hello" ? hello() : output(Number(size))));
}
wire[Symbol.dispose]();
