// `sallyport run`: one program, its streams joined to this process's own.
//
// It gives the program's exit code. It never reads standard input that is a terminal, and never
// leaves a run behind: what ends this process ends the connection, and that cancels the run.

import type { UsageReply } from "../protocol/protocol.ts";
import { type Client, connect } from "./client.ts";
import { exitCodeOf, exitCodes } from "./exit_code.ts";
import { onInterrupt } from "./interrupt.ts";
import type { Result, Run } from "./run.ts";
import type { RunArguments } from "./run_arguments.ts";
import { StatusLine } from "./status_line.ts";
import { outcome, summary } from "./summary.ts";
import { BrokenOutput, readAll, say, writeOut } from "./terminal.ts";

/** Runs a program as `args` ask for it. Returns the exit code. */
export async function runCommand(target: string, args: RunArguments): Promise<number> {
  const code = args.file === "-" ? await readAll(Deno.stdin) : await Deno.readFile(args.file);
  const puts = await Promise.all(args.put.map(async ({ file, path }) => {
    const [content, { mode }] = await Promise.all([Deno.readFile(file), Deno.stat(file)]);
    return { path, content, mode: (mode ?? 0o644) & 0o777 };
  }));
  await using client = await connect(target);
  for (const { path, content, mode } of puts) await client.put(path, content, { mode });
  const status = new StatusLine();
  const live = !args.json && Deno.stderr.isTerminal();
  const passStdin = args.stdin && args.file !== "-" && !Deno.stdin.isTerminal();
  const run = client.run({
    language: args.language,
    code,
    args: args.args,
    env: args.env,
    timeout_ms: args.timeoutMs,
    limits: args.limits,
    stream: !args.json,
    stdin: passStdin ? { stream: true } : undefined,
    onUsage: live ? (usage: UsageReply) => say(status.sample(usage)) : undefined,
  });
  using _interrupt = onInterrupt(() => void run.cancel());
  if (passStdin) void pumpStdin(run);
  const broken = await pumpOutput(run, live ? status : null);
  const result = await run.result;
  if (live) say(status.clear());
  await fetchFiles(client, args);
  if (broken) return exitCodes.signal + 13;
  if (args.json) {
    await printJson(result);
  } else {
    report(result, args.summary);
  }
  return exitCodeOf(result);
}

/**
 * Passes the output on, in order. Returns whether nobody reads it any more: the run is then
 * cancelled.
 */
async function pumpOutput(run: Run, status: StatusLine | null): Promise<boolean> {
  const terminals = { stdout: Deno.stdout.isTerminal(), stderr: Deno.stderr.isTerminal() };
  try {
    for await (const { stream, bytes } of run) {
      if (status !== null && terminals[stream]) say(status.before(bytes));
      await writeOut(Deno[stream], bytes);
    }
  } catch (error) {
    if (!(error instanceof BrokenOutput)) throw error;
    await run.cancel();
    return true;
  }
  return false;
}

async function pumpStdin(run: Run): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  for (;;) {
    const count = await Deno.stdin.read(buffer);
    if (count === null) return await run.stdin(null);
    // A copy: the connection may still be writing when the next bytes come.
    await run.stdin(buffer.slice(0, count));
  }
}

async function fetchFiles(client: Client, { get }: RunArguments): Promise<void> {
  for (const { path, file } of get) await Deno.writeFile(file, await client.get(path));
}

async function printJson(
  { output, type: _, id: _id, bytes: _bytes, ...result }: Result,
): Promise<void> {
  const decoder = new TextDecoder();
  const texts = { stdout: decoder.decode(output.stdout), stderr: decoder.decode(output.stderr) };
  await writeOut(
    Deno.stdout,
    new TextEncoder().encode(JSON.stringify({ ...result, output: texts }) + "\n"),
  );
}

function report(result: Result, withSummary: boolean): void {
  if (withSummary) {
    for (const line of summary(result)) say(`sallyport: ${line}\n`);
    return;
  }
  if (result.status !== "exited") say(`sallyport: ${outcome(result)}\n`);
  const lost = result.stdout.dropped + result.stderr.dropped;
  if (lost > 0) say(`sallyport: ${lost} bytes of output were lost: they were read too slowly\n`);
}
