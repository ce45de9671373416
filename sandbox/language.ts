// What a sandbox needs to know of a language: which file takes the code, and what is executed for
// it.

/** How the code of one language is run. */
export interface JobLanguage {
  readonly name: string;
  /** File name of the code inside the sandbox directory. */
  readonly file: string;
  /**
   * The program and its arguments; the request's `args` follow. argv[0] is an absolute path, or
   * "./FILE" for compiled programs.
   */
  readonly argv: readonly string[];
  /** Environment every run gets; the request's `env` is added, and wins. */
  readonly env: Readonly<Record<string, string>>;
  /** Mode of the code file: 0o600, or 0o700 where the code itself is executed. */
  readonly mode: number;
}
