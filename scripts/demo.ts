// The demo: a real agent, six short programs run through the controller, and a table of the
// results.
//
// It is the shortest way to see that everything works on this machine, and which hardening layers
// are off. It must leave nothing behind: no process, no socket, no directory.

import { Buffer } from "node:buffer";
import type { Client, Result, RunOptions } from "../controller/client.ts";
import { untilReady } from "./ready.ts";
import { spawnAgent } from "./tools/source_agent.ts";
import { TemporaryDirectory } from "./tools/temporary_directory.ts";
import { demoLanguages, type DemoName, demoPrograms } from "./demo/programs.ts";

interface Row {
  readonly what: string;
  readonly language: string;
  readonly result: Result;
  readonly behaved: boolean;
}

const isRoot = Deno.uid() === 0;

async function runAll(client: Client, offered: readonly string[]): Promise<Row[]> {
  const rows: Row[] = [];
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString().trim();
  const show = async (
    what: string,
    name: DemoName,
    behaves: (result: Result) => boolean | Promise<boolean>,
    options: Partial<RunOptions> = {},
  ) => {
    const language = demoLanguages.find((one) =>
      offered.includes(one) && demoPrograms[name][one] !== undefined
    );
    if (language === undefined) throw new Error(`Cannot show "${what}": no language for it`);
    const run = client.run({ language, code: demoPrograms[name][language]!, ...options });
    const result = await run.result;
    rows.push({ what, language, result, behaved: await behaves(result) });
  };
  const fine = (result: Result) => result.status === "exited" && result.exit_code === 0;
  await show("hello", "hello", (r) => fine(r) && text(r.output.stdout) === "hello");
  await show(
    "stdin and arguments",
    "input",
    (r) => fine(r) && text(r.output.stdout) === "hello world",
    { args: ["hello"], stdin: { text: "world\n" } },
  );
  await client.put("note.txt", "a note\n", { mode: 0o666 });
  await show(
    "a file changed",
    "file",
    async (r) => fine(r) && text(await client.get("note.txt")) === "A NOTE",
    { keep: true },
  );
  await show("a loop that ignores SIGTERM", "stubborn", (r) => r.status === "timeout", {
    timeout_ms: 500,
  });
  const stopped = (r: Result) => r.limit === "processes" || r.status === "timeout";
  await show("a fork bomb", "crowd", stopped, { timeout_ms: 1500 });
  const forbidden = new Set(["mount", "unshare"]);
  const refused = (r: Result) => r.denied.some(({ syscall }) => forbidden.has(syscall));
  await show("something forbidden", "forbidden", refused);
  return rows;
}

function print(rows: readonly Row[]): void {
  const lines = [["program", "language", "status", "wall", "cpu", "denied", ""]];
  for (const { what, language, result, behaved } of rows) {
    const cpu = result.cpu_user_ms + result.cpu_system_ms;
    lines.push([
      what,
      language,
      result.limit === undefined ? result.status : `${result.status}: ${result.limit}`,
      `${result.wall_ms.toFixed(1)} ms`,
      `${cpu.toFixed(1)} ms`,
      result.denied.map(({ syscall, count }) => `${syscall} x${count}`).join(", ") || "-",
      behaved ? "ok" : "NOT OK",
    ]);
  }
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  for (const line of lines) {
    console.log(line.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd());
  }
}

async function main(): Promise<number> {
  await using directory = await TemporaryDirectory.make("sallyport-demo-");
  const socket = `${directory.path}/agent.sock`;
  const agent = spawnAgent(socket);
  let ended = false;
  agent.status.then(() => ended = true);
  const said = new Response(agent.stderr).text();
  try {
    await using client = await untilReady(`unix:${socket}`, () => ended);
    const info = await client.info();
    const rows = await runAll(client, info.languages.map(({ name }) => name));
    print(rows);
    const off = info.hardening.filter(({ on }) => !on);
    for (const { layer, why } of off) console.log(`off: ${layer}${why ? ` (${why})` : ""}`);
    return rows.length === 6 && rows.every(({ behaved }) => behaved) ? 0 : 1;
  } catch (error) {
    console.error(`Cannot show the demo: ${(error as Error).message}`);
    if (ended) {
      console.error((await said).trim());
      if (!isRoot) {
        console.error(
          "This machine may not let users make namespaces; as root: sudo deno task demo",
        );
      }
    }
    return 1;
  } finally {
    if (!ended) agent.kill("SIGTERM");
    await agent.status;
    await said;
  }
}

Deno.exit(await main());
