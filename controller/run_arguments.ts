// The words after `run`, as what they ask for.
//
// Options end at FILE: everything behind it is the program's, whatever it looks like.

import { parseArgs, type ParseArgsConfig } from "node:util";
import { type RequestLimit, requestLimits } from "../protocol/protocol.ts";
import { parseCount, parseDuration, parseSize } from "./quantities.ts";

/** A file that goes one way between the caller and the sandbox. */
export interface Transfer {
  /** Path on this side. */
  readonly file: string;
  /** Path in the sandbox directory. */
  readonly path: string;
}

/** What `run` was asked to do. */
export interface RunArguments {
  /** Name of the language. */
  readonly language: string;
  /** The profile to run it under; the language's own when left out. */
  readonly profile: string | undefined;
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

const options = {
  target: { type: "string", short: "t" },
  language: { type: "string", short: "l" },
  env: { type: "string", short: "e", multiple: true },
  profile: { type: "string" },
  entry: { type: "boolean" },
  cwd: { type: "string" },
  put: { type: "string", multiple: true },
  get: { type: "string", multiple: true },
  "no-stdin": { type: "boolean" },
  summary: { type: "boolean", short: "s" },
  json: { type: "boolean" },
  wait: { type: "string" },
  timeout: { type: "string" },
  cpu: { type: "string" },
  "cpu-percent": { type: "string" },
  memory: { type: "string" },
  processes: { type: "string" },
  "open-files": { type: "string" },
  "file-size": { type: "string" },
  stack: { type: "string" },
  output: { type: "string" },
} as const satisfies ParseArgsConfig["options"];

/** The option of each limit, and how it is read. */
const limitOptions = {
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

const languages = new Map(Object.entries({
  py: "python",
  js: "node",
  mjs: "node",
  cjs: "node",
  sh: "sh",
  pl: "perl",
  rb: "ruby",
  bash: "bash",
  c: "c",
  cc: "cpp",
  cpp: "cpp",
  cxx: "cpp",
  go: "go",
  rs: "rust",
  java: "java",
  php: "php",
  lua: "lua",
  R: "r",
  r: "r",
}));

/**
 * Reads the words after `run`.
 *
 * @throws {TypeError} An option is unknown or wrong, or FILE is missing.
 */
export function parseRunArguments(words: string[]): RunArguments {
  const { own, file, rest } = splitAtFile(words);
  const { values } = parseArgs({ args: own, options });
  const limits: { [Name in RequestLimit]?: number } = {};
  for (const name of requestLimits) {
    const [option, parse] = limitOptions[name];
    const text = values[option];
    if (text !== undefined) limits[name] = parse(text);
  }
  return {
    language: values.language ?? languageOf(file),
    profile: values.profile,
    file,
    entry: values.entry ?? false,
    cwd: values.cwd,
    args: rest,
    env: Object.fromEntries((values.env ?? []).map(parseAssignment)),
    waitMs: values.wait === undefined ? undefined : parseDuration(values.wait),
    timeoutMs: values.timeout === undefined ? undefined : parseDuration(values.timeout),
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

function splitAtFile(words: string[]): { own: string[]; file: string; rest: string[] } {
  const { tokens } = parseArgs({ args: words, options, strict: false, tokens: true });
  const first = tokens.find((token) => token.kind !== "option");
  // "--" ends the options; FILE is what stands behind it.
  const skip = first?.kind === "option-terminator" ? 1 : 0;
  const at = first === undefined ? words.length : first.index + skip;
  if (at >= words.length) {
    parseArgs({ args: words.slice(0, words.length - skip), options });
    throw new TypeError('Cannot run: FILE is missing (see "--help")');
  }
  return { own: words.slice(0, at - skip), file: words[at], rest: words.slice(at + 1) };
}

function languageOf(file: string): string {
  const language = languages.get(/\.(\w+)$/.exec(file)?.[1] ?? "");
  if (language !== undefined) return language;
  throw new TypeError(`Cannot tell the language of "${file}": say it with "--language"`);
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
