// The controller's command line: which command, which target, which exit code.
//
// Everything that goes wrong ends here as one line on standard error and a code; see `--help`. Each
// command loads only what it needs: most of the time of a small run is this program's start.

import { type CommandName, commands } from "./commands.ts";
import { findTarget, type FoundTarget } from "./default_target.ts";
import { exitCodeOfError, exitCodes } from "./exit_code.ts";
import { didYouMean } from "./nearest.ts";
import { BrokenOutput, say } from "./terminal.ts";
import { version } from "./version.ts";
import { readOptions } from "./words.ts";

/** What the words of `mcp` said. */
export interface McpOptions {
  /** HOST:PORT or unix:PATH; standard input and output if left out. */
  readonly http?: string;
  /** Names beside those of loopback. */
  readonly hosts: readonly string[];
}

/** Serves language models. Returns the exit code. */
export type ServeMcp = (target: string, options: McpOptions) => Promise<number>;

/**
 * Runs one command. Returns the exit code.
 *
 * @param serveMcp What `mcp` does. It needs packages of its own: controller/mcp/main.ts brings them.
 */
export async function main(words: string[], serveMcp?: ServeMcp): Promise<number> {
  try {
    return await command(words[0] === "--" ? words.slice(1) : words, serveMcp);
  } catch (error) {
    if (error instanceof BrokenOutput) return exitCodes.signal + 13;
    say(`sallyport: ${error instanceof Error ? error.message : error}\n`);
    return exitCodeOfError(error);
  }
}

async function command(words: string[], serveMcp?: ServeMcp): Promise<number> {
  const { said, name, rest } = splitCommand(words);
  if (name === "help") return print(await helpOf(isCommand(rest[0]) ? rest[0] : undefined));
  if (name === "version") return print(`sallyport ${version}\n`);
  if (name === undefined) {
    say(await helpOf());
    return exitCodes.failure;
  }
  if (["put", "get", "ls"].includes(name)) {
    throw new TypeError(
      `Cannot run command "${name}" by itself: a sandbox is gone with its connection, so say ` +
        '"run --put FILE[:PATH]" and "run --get PATH[:FILE]"',
    );
  }
  if (!isCommand(name)) {
    const near = didYouMean(name, [...Object.keys(commands), "help", "version"]);
    throw new TypeError(
      `Cannot run command "${name}": there is none of that name${near} (see "--help")`,
    );
  }
  if (asksForHelp(rest[0])) return print(await helpOf(name));
  const at = (own: string | undefined): FoundTarget => findTarget(own ?? said);
  return await carryOut(name, rest, at, serveMcp);
}

async function carryOut(
  name: CommandName,
  words: string[],
  at: (said: string | undefined) => FoundTarget,
  serveMcp?: ServeMcp,
): Promise<number> {
  switch (name) {
    case "run": {
      const { parseRunArguments } = await import("./run_arguments.ts");
      const { runCommand } = await import("./run_command.ts");
      const args = parseRunArguments(words);
      return await runCommand(at(args.target).target, args);
    }
    case "info": {
      const { target, json } = readOptions(name, words, commands[name].options);
      const { infoCommand } = await import("./info_command.ts");
      return await infoCommand(at(target).target, json ?? false);
    }
    case "ping": {
      const { target } = readOptions(name, words, commands[name].options);
      const { pingCommand } = await import("./info_command.ts");
      return await pingCommand(at(target).target);
    }
    case "reset": {
      const { target, restored } = readOptions(name, words, commands[name].options);
      const { resetCommand } = await import("./info_command.ts");
      return await resetCommand(at(target).target, restored ?? false);
    }
    case "doctor": {
      const { target } = readOptions(name, words, commands[name].options);
      const { doctorCommand } = await import("./doctor_command.ts");
      return await doctorCommand(at(target));
    }
    case "proxy": {
      const { target, listen } = readOptions(name, words, commands[name].options);
      const { proxyCommand } = await import("./proxy_command.ts");
      return await proxyCommand(at(target).target, listen);
    }
    case "mcp": {
      const { target, http, ...given } = readOptions(name, words, commands[name].options);
      if (serveMcp === undefined) {
        throw new TypeError(
          'Cannot serve models from here: "mcp" has packages of its own; in the clone it is ' +
            '"deno task mcp", and docs/mcp.md tells how to install it',
        );
      }
      return await serveMcp(at(target).target, { http, hosts: given["allow-host"] ?? [] });
    }
    case "completions": {
      const { shells } = await import("./completions.ts");
      const shell = shells[words[0] ?? ""];
      if (words.length === 1 && shell !== undefined) return print(shell());
      const known = Object.keys(shells).map((one) => `"${one}"`).join(", ");
      throw new TypeError(`Cannot print completions: say one of ${known}`);
    }
  }
}

/** A target may stand before the command, as in `sallyport --target unix:/run/agent.sock ping`. */
function splitCommand(words: string[]): { said?: string; name?: string; rest: string[] } {
  let said: string | undefined;
  let at = 0;
  for (; at < words.length && words[at].startsWith("-"); at++) {
    const word = words[at];
    if (asksForHelp(word)) return { name: "help", rest: [] };
    if (word === "--version" || word === "-V") return { name: "version", rest: [] };
    if (word.startsWith("--target=")) said = word.slice("--target=".length);
    else if (word === "--target" || word === "-t") {
      said = words[++at];
      if (said === undefined) throw new TypeError(`Cannot read "${word}": it takes a TARGET`);
    } else {
      const own = Object.values(commands).flatMap(({ options }) => Object.keys(options));
      const behind = own.some((name) => word === `--${name}`);
      throw new TypeError(
        `Cannot read "${word}": there is no such option before a command` +
          (behind ? '; it stands behind it, as in "run"' : ""),
      );
    }
  }
  return { said, name: words[at], rest: words.slice(at + 1) };
}

async function helpOf(name?: CommandName): Promise<string> {
  const { help } = await import("./help.ts");
  return help(name);
}

function isCommand(name: string | undefined): name is CommandName {
  return name !== undefined && Object.hasOwn(commands, name);
}

function asksForHelp(word: string | undefined): boolean {
  return word === "--help" || word === "-h";
}

function print(text: string): number {
  console.log(text.trimEnd());
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
