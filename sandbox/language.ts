// What a sandbox needs to know about a language: which file holds the code, and what is executed.

/** How the code of one language is run. */
export interface JobLanguage {
  readonly name: string;
  /** File name of the code inside the sandbox directory. */
  readonly file: string;
  /**
   * The word of `argv`, or what follows "./" in it, in whose place an `entry` is run: `file`, or what
   * a build step makes of it.
   */
  readonly program: string;
  /**
   * The program and its arguments; the request's `args` follow. argv[0] is an absolute path, or
   * "./FILE" for compiled programs.
   */
  readonly argv: readonly string[];
  /** Environment of every run; the request's `env` is added and takes precedence. */
  readonly env: Readonly<Record<string, string>>;
  /** Mode of the code file: 0o600, or 0o700 if the code file itself is executed. */
  readonly mode: number;
}
