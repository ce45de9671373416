// Every command and every option of the command line, in one table.
//
// The reader of the words, `--help`, the shell's completions and "did you mean" are all made from
// it, so none of them can know an option that another does not.

/** One option. The first four fields are those of node:util's parseArgs. */
export interface Option {
  readonly type: "string" | "boolean";
  readonly short?: string;
  readonly multiple?: true;
  /** What its value is, for a person: "DURATION". */
  readonly value?: string;
  /** What it does. */
  readonly help: string;
  /** Heading of its group in `--help`; the command's own options when left out. */
  readonly group?: "limits";
}

/** Options by their long names. */
export type Options = Readonly<Record<string, Option>>;

/** One command. */
export interface Command {
  /** The words behind its name. */
  readonly words: string;
  /** What it does. */
  readonly help: string;
  readonly options: Options;
}

const target = {
  type: "string",
  short: "t",
  value: "TARGET",
  help: "where the agent listens",
} as const;

/** The options of `run`, before FILE. */
export const runOptions = {
  target,
  code: {
    type: "string",
    short: "c",
    value: "CODE",
    help: "run this text in place of a FILE: Python, if --language says nothing else",
  },
  language: {
    type: "string",
    short: "l",
    value: "NAME",
    help: "one that `info` names; else from FILE's extension or its first line (#!)",
  },
  profile: {
    type: "string",
    value: "NAME",
    help: "a wider profile: programs, workspace; see `info`",
  },
  env: {
    type: "string",
    short: "e",
    multiple: true,
    value: "NAME=VALUE",
    help: "add to the environment (again for more)",
  },
  put: {
    type: "string",
    multiple: true,
    value: "FILE[:PATH]",
    help:
      "bring a file or a directory into the sandbox first (again for more); DIR:. is what DIR " +
      "holds, without DIR itself",
  },
  get: {
    type: "string",
    multiple: true,
    value: "PATH[:FILE]",
    help: "fetch a file or a directory from it afterwards (again for more)",
  },
  entry: { type: "boolean", help: "FILE is a path in the sandbox, brought there with --put" },
  cwd: {
    type: "string",
    value: "DIR",
    help: "start the program in this directory of the sandbox",
  },
  wait: {
    type: "string",
    value: "DURATION",
    help: "where the agent runs something else, wait so long for its end",
  },
  "no-stdin": {
    type: "boolean",
    help: "standard input is empty, even where it is not a terminal",
  },
  summary: { type: "boolean", short: "s", help: "print to standard error what the run used" },
  json: {
    type: "boolean",
    help:
      "print one JSON object, the result with its output, and nothing else; output that is no " +
      'text is "stdout_base64"',
  },
  timeout: {
    type: "string",
    value: "DURATION",
    help: "until SIGTERM, then SIGKILL",
    group: "limits",
  },
  cpu: { type: "string", value: "DURATION", help: "CPU time", group: "limits" },
  "cpu-percent": {
    type: "string",
    value: "NUMBER",
    help: "share of the processors: 100 is one of them",
    group: "limits",
  },
  memory: { type: "string", value: "SIZE", help: "memory of the whole job", group: "limits" },
  processes: {
    type: "string",
    value: "NUMBER",
    help: "processes and threads at one time",
    group: "limits",
  },
  "open-files": { type: "string", value: "NUMBER", help: "open files", group: "limits" },
  "file-size": { type: "string", value: "SIZE", help: "largest file written", group: "limits" },
  stack: { type: "string", value: "SIZE", help: "stack", group: "limits" },
  output: {
    type: "string",
    value: "SIZE",
    help: "standard output and error together",
    group: "limits",
  },
} as const satisfies Options;

/** All commands, in the order of `--help`. */
export const commands = {
  run: {
    words: "[OPTIONS] FILE [ARGS]",
    help: 'run a program; FILE "-": read it from standard input',
    options: runOptions,
  },
  info: {
    words: "[--json]",
    help: "what the agent is, offers and enforces",
    options: { target, json: { type: "boolean", help: "print one JSON object" } },
  },
  ping: { words: "", help: "ask for a sign of life", options: { target } },
  reset: {
    words: "[--restored]",
    help: "throw the prepared sandboxes away",
    options: {
      target,
      restored: {
        type: "boolean",
        help: "a snapshot was restored: give the guest the time and fresh randomness too",
      },
    },
  },
  doctor: {
    words: "",
    help: "say step by step why a target does not answer",
    options: { target },
  },
  proxy: {
    words: "--listen unix:PATH",
    help: "listen on a Unix socket for those who cannot reach the target themselves",
    options: {
      target,
      listen: { type: "string", value: "unix:PATH", help: "where to listen" },
    },
  },
  mcp: {
    words: "[--http ADDRESS]",
    help: "serve the agent to language models, by the Model Context Protocol",
    options: {
      target,
      http: {
        type: "string",
        value: "ADDRESS",
        help: "listen on HOST:PORT or unix:PATH, in place of standard input and output",
      },
      "allow-host": {
        type: "string",
        multiple: true,
        value: "NAME",
        help: "a name by which other machines reach it; without one it listens on loopback only",
      },
    },
  },
  completions: {
    words: "bash|zsh|fish",
    help: "print the shell's completions",
    options: {},
  },
} as const satisfies Record<string, Command>;

/** Name of a command. */
export type CommandName = keyof typeof commands;
