// The words after `run`, as what they ask for.
//
// Options end at FILE: everything behind it is the program's, whatever it looks like.

import type { RequestLimit } from "../../protocol/protocol.ts";
import { runOptions as options } from "./commands.ts";
import { parseCount, parseDuration, parseSize } from "./quantities.ts";
import { readOptions, tokensOf } from "./words.ts";

/** A file that goes one way between the caller and the sandbox. */
export interface Transfer {
  /** Path on this side. */
  readonly file: string;
  /** Path in the sandbox directory. */
  readonly path: string;
}

/** What `run` was asked to do. */
export interface RunArguments {
  /** Name of the language; undefined where the file has to say it. */
  readonly language: string | undefined;
  /** The profile to run it under; the language's own when left out. */
  readonly profile: string | undefined;
  /** The program's text, in place of a file. */
  readonly code: string | undefined;
  /** The program's file, or "-"; with `entry` its path in the sandbox. */
  readonly file: string;
  /** Whether the program is in the sandbox already. */
  readonly entry: boolean;
  /** The program's working directory, below the sandbox directory. */
  readonly cwd: string | undefined;
  /** The program's arguments. */
  readonly args: string[];
  /** Added to the program's environment. */
  readonly env: Record<string, string>;
  /** Time limit in milliseconds. */
  readonly timeoutMs: number | undefined;
  /** How long to wait for another run to end, in milliseconds. */
  readonly waitMs: number | undefined;
  /** The other limits. */
  readonly limits: { [Name in RequestLimit]?: number };
  /** Files brought before. */
  readonly put: Transfer[];
  /** Files fetched after. */
  readonly get: Transfer[];
  /** Whether standard input is passed. */
  readonly stdin: boolean;
  /** Whether to print what was used. */
  readonly summary: boolean;
  /** Whether to print one JSON object. */
  readonly json: boolean;
  /** The target, where it stands behind `run`. */
  readonly target: string | undefined;
}

/** The option of each limit, and how it is read. */
export const limitOptions = {
  cpu_ms: ["cpu", parseDuration],
  cpu_percent: ["cpu-percent", parseCount],
  memory_bytes: ["memory", parseSize],
  processes: ["processes", parseCount],
  open_files: ["open-files", parseCount],
  file_bytes: ["file-size", parseSize],
  stack_bytes: ["stack", parseSize],
  output_total_bytes: ["output", parseSize],
} as const satisfies Record<
  RequestLimit,
  readonly [keyof typeof options, (text: string) => number]
>;

/**
 * Reads the words after `run`.
 *
 * @throws {TypeError} An option is unknown or wrong, or FILE is missing.
 */
export function parseRunArguments(words: string[]): RunArguments {
  const { own, behind } = splitAtFile(words);
  const values = readOptions("run", own, options);
  const [file, rest] = values.code === undefined ? programOf(behind, values) : ["-", behind];
  const quantity = (option: keyof typeof options, parse: (text: string) => number) => {
    const text = values[option] as string | undefined;
    return text === undefined ? undefined : naming(option, text, parse);
  };
  const limits: { [Name in RequestLimit]?: number } = {};
  for (const name of Object.keys(limitOptions) as RequestLimit[]) {
    const [option, parse] = limitOptions[name];
    const value = quantity(option, parse);
    if (value !== undefined) limits[name] = value;
  }
  return {
    language: values.language ?? (values.code === undefined ? undefined : "python"),
    code: values.code,
    profile: values.profile,
    file,
    entry: values.entry ?? false,
    cwd: values.cwd,
    args: rest,
    env: Object.fromEntries((values.env ?? []).map(parseAssignment)),
    waitMs: quantity("wait", parseDuration),
    timeoutMs: quantity("timeout", parseDuration),
    limits,
    put: (values.put ?? []).map((text) => {
      const [file, path] = halves(text);
      return { file, path: path ?? baseName(file) };
    }),
    get: (values.get ?? []).map((text) => {
      const [path, file] = halves(text);
      return { path, file: file ?? baseName(path) };
    }),
    stdin: !values["no-stdin"],
    summary: values.summary ?? false,
    json: values.json ?? false,
    target: values.target,
  };
}

/** FILE and what stands behind it. Where there is none, code that is piped in with a language. */
function programOf(
  behind: string[],
  { language, entry }: { language?: string; entry?: boolean },
): [string, string[]] {
  if (behind.length > 0) return [behind[0], behind.slice(1)];
  if (language !== undefined && !entry && !Deno.stdin.isTerminal()) return ["-", []];
  throw new TypeError('Cannot run: FILE is missing, or --code (see "--help")');
}

function splitAtFile(words: string[]): { own: string[]; behind: string[] } {
  const first = tokensOf(words, options).find((token) => token.kind !== "option");
  if (first === undefined) return { own: words, behind: [] };
  // "--" ends the options; FILE is what stands behind it.
  const skip = first.kind === "option-terminator" ? 1 : 0;
  return { own: words.slice(0, first.index), behind: words.slice(first.index + skip) };
}

/** Reads a value; an error names the option that was typed. */
function naming(option: string, text: string, parse: (text: string) => number): number {
  try {
    return parse(text);
  } catch (error) {
    const why = (error as Error).message.replace(/^Cannot read \w+ "[^"]*": /, "");
    throw new TypeError(`Cannot read "--${option} ${text}": ${why}`);
  }
}

function parseAssignment(text: string): [string, string] {
  const equals = text.indexOf("=");
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
  throw new TypeError(`Cannot read "--env ${text}": expected NAME=VALUE`);
}

function halves(text: string): [string, string | undefined] {
  const colon = text.lastIndexOf(":");
  return colon <= 0 ? [text, undefined] : [text.slice(0, colon), text.slice(colon + 1)];
}

/** The last segment of a path. */
export function baseName(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  return trimmed.slice(trimmed.lastIndexOf("/") + 1);
}
