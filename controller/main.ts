// The controller's command line: which command, which target, which exit code.
//
// Everything that goes wrong ends here as one line on standard error and a code; see `--help`.

import { parseArgs } from "node:util";
import { exitCodeOfError, exitCodes } from "./exit_code.ts";
import { help } from "./help.ts";
import { infoCommand, pingCommand, resetCommand } from "./info_command.ts";
import { parseRunArguments } from "./run_arguments.ts";
import { runCommand } from "./run_command.ts";
import { BrokenOutput, say } from "./terminal.ts";

/** Runs one command. Returns the exit code. */
export async function main(words: string[]): Promise<number> {
  try {
    return await command(words[0] === "--" ? words.slice(1) : words);
  } catch (error) {
    if (error instanceof BrokenOutput) return exitCodes.signal + 13;
    say(`sallyport: ${error instanceof Error ? error.message : error}\n`);
    return exitCodeOfError(error);
  }
}

async function command(words: string[]): Promise<number> {
  const { target, name, rest } = splitCommand(words);
  switch (name) {
    case "run": {
      if (asksForHelp(rest[0])) break;
      const args = parseRunArguments(rest);
      return await runCommand(wanted(args.target ?? target), args);
    }
    case "info":
    case "ping":
    case "reset":
      return await simpleCommand(name, target, rest);
    case "put":
    case "get":
    case "ls":
      if (asksForHelp(rest[0])) break;
      throw new TypeError(
        `Cannot run command "${name}" by itself: a sandbox is gone with its connection, so say ` +
          '"run --put FILE[:PATH]" and "run --get PATH[:FILE]"',
      );
    case "help":
      break;
    case undefined:
      say(help);
      return exitCodes.failure;
    default:
      throw new TypeError(
        `Cannot run command "${name}": there is none of that name (see "--help")`,
      );
  }
  console.log(help.trimEnd());
  return 0;
}

/** A target may stand before the command, as in `sallyport --target unix:/run/agent.sock ping`. */
function splitCommand(words: string[]): { target?: string; name?: string; rest: string[] } {
  let target: string | undefined;
  let at = 0;
  for (; at < words.length && words[at].startsWith("-"); at++) {
    const word = words[at];
    if (asksForHelp(word)) return { name: "help", rest: [] };
    if (word.startsWith("--target=")) target = word.slice("--target=".length);
    else if (word === "--target" || word === "-t") target = words[++at];
    else throw new TypeError(`Cannot read "${word}": there is no such option before a command`);
  }
  return { target, name: words[at], rest: words.slice(at + 1) };
}

function asksForHelp(word: string | undefined): boolean {
  return word === "--help" || word === "-h";
}

async function simpleCommand(
  name: "info" | "ping" | "reset",
  before: string | undefined,
  words: string[],
): Promise<number> {
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: {
      target: { type: "string", short: "t" },
      json: { type: "boolean", default: false },
      restored: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    console.log(help.trimEnd());
    return 0;
  }
  if (positionals.length > 0) {
    throw new TypeError(`Cannot run "${name}" with ${positionals.length} arguments (see "--help")`);
  }
  const target = wanted(values.target ?? before);
  switch (name) {
    case "info":
      return await infoCommand(target, values.json);
    case "ping":
      return await pingCommand(target);
    case "reset":
      return await resetCommand(target, values.restored);
  }
}

function wanted(target: string | undefined): string {
  const found = target ?? (Deno.env.get("SALLYPORT_TARGET") || undefined);
  if (found !== undefined) return found;
  throw new TypeError('Cannot connect: say where with "--target" or SALLYPORT_TARGET');
}

if (import.meta.main) Deno.exit(await main(Deno.args));
