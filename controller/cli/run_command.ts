// `sallyport run`: one program, its streams joined to this process's own.
//
// It gives the program's exit code. It never reads standard input that is a terminal, and never
// leaves a run behind: what ends this process ends the connection, and that cancels the run.

import type { UsageReply } from "../../protocol/protocol.ts";
import { type Client, connect, RequestError } from "../client.ts";
import { exitCodeOf, exitCodes } from "./exit_code.ts";
import { onInterrupt } from "./interrupt.ts";
import { languageOf } from "./language_of.ts";
import { inTyped, tooLittleMemory } from "./refusals.ts";
import type { Result, Run, StreamingRun } from "../run.ts";
import { baseName, type RunArguments } from "./run_arguments.ts";
import { StatusLine } from "./status_line.ts";
import { deniedHint, outcome, summary } from "./summary.ts";
import { BrokenOutput, readAll, say, writeOut } from "./terminal.ts";
import { getAll, putAll } from "./transfers.ts";

/** Runs a program as `args` ask for it. Returns the exit code. */
export async function runCommand(target: string, args: RunArguments): Promise<number> {
  try {
    return await runProgram(target, args);
  } catch (error) {
    throw error instanceof RequestError ? inTyped(error, args) : error;
  }
}

async function runProgram(target: string, args: RunArguments): Promise<number> {
  const code = args.entry ? undefined : await readCode(args);
  const language = args.language ?? languageOf(args.file, code);
  for (const { file } of args.put) { // before anything is sent
    await Deno.stat(file).catch((error) => {
      throw new TypeError(`Cannot put "${file}": ${fileProblem(error)}`);
    });
  }
  await using client = await connect(target);
  await putAll(client, args.put);
  const program = code === undefined
    ? { entry: args.file }
    : await programOf(client, args.file, code);
  const status = new StatusLine();
  const live = !args.json && Deno.stderr.isTerminal();
  const passStdin = args.stdin && (args.file !== "-" || args.code !== undefined) &&
    !Deno.stdin.isTerminal();
  const run = client.run({
    language,
    profile: args.profile,
    ...program,
    cwd: args.cwd,
    args: args.args,
    env: args.env,
    timeout_ms: args.timeoutMs,
    wait_ms: args.waitMs,
    limits: args.limits,
    stream: !args.json,
    stdin: passStdin ? { stream: true } : undefined,
    onUsage: live ? (usage: UsageReply) => say(status.sample(usage)) : undefined,
  });
  using interrupt = onInterrupt(() => void run.cancel());
  if (passStdin) void pumpStdin(run);
  const broken = !args.json && await pumpOutput(run, live ? status : null);
  const result = await run.result;
  if (live) say(status.clear());
  const notFetched = await getAll(client, args.get);
  if (broken) return exitCodes.signal + 13;
  if (args.json) {
    await printJson(result, notFetched);
  } else {
    // What a compiler says is for the person, not for who reads the program's output.
    if (result.buildOutput !== undefined) {
      await writeOut(Deno.stderr, result.buildOutput.stdout);
      await writeOut(Deno.stderr, result.buildOutput.stderr);
    }
    report(result, args.summary);
    const hint = tooLittleMemory(result, args.limits.memory_bytes);
    if (hint !== null) say(`sallyport: ${hint}\n`);
  }
  return (result.status === "cancelled" ? interrupt.code : undefined) ?? exitCodeOf(result);
}

/**
 * Passes the output on, in order. Returns whether nobody reads it any more: the run is then
 * cancelled.
 */
async function pumpOutput(run: StreamingRun, status: StatusLine | null): Promise<boolean> {
  const terminals = { stdout: Deno.stdout.isTerminal(), stderr: Deno.stderr.isTerminal() };
  try {
    for await (const { stream, bytes } of run) {
      if (status !== null && terminals[stream]) say(status.before(bytes));
      await writeOut(Deno[stream], bytes);
      // Its memory goes back at once: V8 would first let 64 MiB of such pieces gather.
      bytes.buffer.transfer(0);
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
    if (count === null) return await run.closeStdin();
    // A copy: the connection may still be writing when the next bytes come.
    await run.write(buffer.slice(0, count));
  }
}

async function readCode({ code, file }: RunArguments): Promise<Uint8Array<ArrayBuffer>> {
  if (code !== undefined) return new TextEncoder().encode(code);
  if (file === "-") return await readAll(Deno.stdin);
  try {
    return await Deno.readFile(file);
  } catch (error) {
    throw new TypeError(`Cannot read "${file}": ${fileProblem(error)}`);
  }
}

function fileProblem(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.IsADirectory) return "it is a directory";
  if (error instanceof Deno.errors.PermissionDenied) return "its permissions forbid it";
  return (error as Error).message;
}

/** Code that is always taken in a request: only more is worth a question. */
const SMALL_CODE = 32 * 1024;

/** A program that is too large for a request is put into the sandbox first, and run from there. */
async function programOf(
  client: Client,
  file: string,
  code: Uint8Array<ArrayBuffer>,
): Promise<{ code: Uint8Array } | { entry: string }> {
  if (code.length <= SMALL_CODE) return { code };
  const { code_bytes } = (await client.info()).limits;
  if (typeof code_bytes !== "number" || code.length <= code_bytes) return { code };
  const entry = file === "-" ? "program" : baseName(file);
  await client.put(entry, code, { mode: 0o755 });
  return { entry };
}

async function printJson(
  { output, buildOutput, type: _, id: _id, bytes: _bytes, ...result }: Result,
  notFetched: Record<string, string>,
): Promise<void> {
  const built = buildOutput === undefined ? {} : { build_output: outputOf(buildOutput) };
  const said = { ...result, output: outputOf(output), ...built };
  const all = Object.keys(notFetched).length === 0 ? said : { ...said, not_fetched: notFetched };
  await writeOut(Deno.stdout, new TextEncoder().encode(JSON.stringify(all) + "\n"));
}

/** Each stream as text, or where it is none as base64: "stdout" or "stdout_base64". */
function outputOf(output: Result["output"]): Record<string, string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  return Object.fromEntries((["stdout", "stderr"] as const).map((name) => {
    try {
      return [name, decoder.decode(output[name])];
    } catch {
      return [`${name}_base64`, output[name].toBase64()];
    }
  }));
}

function report(result: Result, withSummary: boolean): void {
  if (withSummary) {
    for (const line of summary(result)) say(`sallyport: ${line}\n`);
    return;
  }
  if (result.status !== "exited") say(`sallyport: ${outcome(result)}\n`);
  const denied = deniedHint(result);
  if (denied !== null) say(`sallyport: ${denied}\n`);
  const lost = result.stdout.dropped + result.stderr.dropped;
  if (lost > 0) say(`sallyport: ${lost} bytes of output were lost: they were read too slowly\n`);
}
