// `sallyport mcp` as a client: one session over its standard input and output, spoken by hand.

import { highWaterKib } from "../footprint.ts";
import { type BenchClient, Lines } from "./driven.ts";

const limitMs = 120_000;

/** Starts the server by its `command` and opens a session. */
export async function startMcp(command: readonly string[], target: string): Promise<BenchClient> {
  const child = new Deno.Command(command[0], {
    args: [...command.slice(1), "--target", target],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = new Lines(child.stdout);
  const writer = child.stdin.getWriter();
  let lastId = 0;
  const say = (message: object) =>
    writer.write(new TextEncoder().encode(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`));
  const ask = async (method: string, params: object) => {
    const id = ++lastId;
    await say({ id, method, params });
    for (;;) {
      const message = JSON.parse(await lines.next(limitMs));
      if (message.id !== id) continue;
      if (message.error !== undefined) throw new Error(JSON.stringify(message.error));
      return message.result;
    }
  };
  const run = async (code: string) => {
    const params = { name: "run_code", arguments: { language: "sh", code, timeout_ms: 30_000 } };
    const began = performance.now();
    const { isError, structuredContent } = await ask("tools/call", params);
    const ms = performance.now() - began;
    if (isError || structuredContent.status !== "exited") {
      throw new Error(`Cannot run by MCP: ${JSON.stringify(structuredContent)}`);
    }
    return { ms, stdout: structuredContent.stdout as string };
  };
  await ask("initialize", {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "bench", version: "1" },
  });
  await say({ method: "notifications/initialized" });
  return {
    async hello() {
      const { ms, stdout } = await run("echo hello");
      if (stdout === "hello\n") return ms;
      throw new Error(`Cannot say hello by MCP: ${stdout}`);
    },
    async output(size) {
      const { ms } = await run(`exec head -c ${size} /dev/zero`);
      return { bytes: size, dropped: 0, ms }; // it reads all and keeps both ends
    },
    peakMib: () => highWaterKib(child.pid) / 1024,
    async [Symbol.asyncDispose]() {
      await writer.close().catch(() => {});
      await lines.close();
      await child.status;
    },
  };
}
