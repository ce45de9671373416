// The text of `--help`, made from the table of commands.

import { type Command, commands, type Option, type Options } from "./commands.ts";
import { paint } from "./terminal.ts";

/** The widest line. */
const WIDTH = 92;
/** Where the second column begins. */
const COLUMN = 29;

const targets = `unix:PATH                  a Unix socket
vsock:CID:PORT             a virtual machine
firecracker:SOCKET:PORT    a virtual machine behind Firecracker's or Cloud Hypervisor's socket`;

const exits =
  "Exit code: the program's; 128 + n: ended by signal n; 124: timeout; 123: another limit; 122: the " +
  "build failed; 125: Sallyport's own failure; 126: the agent refused the request.";

/** What the command line can do, or one command of it. */
export function help(name?: keyof typeof commands): string {
  return name === undefined || name === "run" ? all() : one(name, commands[name]);
}

function all(): string {
  const list = Object.entries(commands as Record<string, Command>)
    .map(([name, { words, help }]) => row(`  ${name} ${words}`.trimEnd(), help));
  return [
    "Runs programs in a Sallyport agent",
    "",
    `${paint("Usage:")} sallyport [--target TARGET] COMMAND [OPTIONS]`,
    "",
    paint("Commands:"),
    ...list,
    "",
    ...wrap(
      "A sandbox lives as long as its connection, which is one command: `run --put` and `run --get` " +
        "bring files and directories to a program and back.",
      WIDTH,
    ),
    "",
    paint("TARGET:"),
    ...targets.split("\n").map((line) => `  ${line}`),
    ...wrap(
      "Where no --target is said: the environment variable SALLYPORT_TARGET, then the first line of " +
        "~/.config/sallyport/target.",
      WIDTH,
    ),
    "",
    paint("Options of run, before FILE:"),
    ...rows(commands.run.options, undefined),
    "",
    paint(
      'Limits of run, never above the agent\'s (durations "500ms", "5s"; sizes "64K", "1G"):',
    ),
    ...rows(commands.run.options, "limits"),
    "",
    "Ctrl-C cancels the run; a second one leaves at once.",
    "",
    ...wrap(exits, WIDTH),
    "",
  ].join("\n");
}

function one(name: string, { words, help, options }: Command): string {
  const usage = `sallyport ${name} ${words}`.trimEnd();
  const own = rows(options, undefined);
  const more = "target" in options ? " [--target TARGET]" : "";
  return [
    `${help[0].toUpperCase()}${help.slice(1)}`,
    "",
    `${paint("Usage:")} ${usage}${more}`,
    ...(own.length > 0 ? ["", paint("Options:"), ...own] : []),
    "",
  ].join("\n");
}

function rows(options: Options, group: Option["group"]): string[] {
  return Object.entries(options).filter(([, option]) => option.group === group)
    .map(([name, { short, value, help }]) => {
      const word = `${short === undefined ? "    " : `-${short}, `}--${name}`;
      return row(`  ${word}${value === undefined ? "" : ` ${value}`}`, help);
    });
}

/** Two columns; the second one goes on below itself. */
function row(first: string, second: string): string {
  const lines = wrap(second, WIDTH - COLUMN);
  const indent = " ".repeat(COLUMN);
  const head = first.length < COLUMN - 1 ? first.padEnd(COLUMN) + lines.shift()! : first;
  return [head, ...lines.map((line) => indent + line)].join("\n");
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
