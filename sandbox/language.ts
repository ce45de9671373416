// What a sandbox needs to know about a language: which file holds the code, and what is executed.

/** How an interpreter is started ahead of the request that it will serve. */
export interface WarmStart {
  /**
   * Name of the boot program, a file in the sandbox's /tmp. Where that is the language's own file
   * name, the interpreter starts in /tmp and takes it for its program.
   */
  readonly boot: string;
  /** The boot program: it waits for the request's message on CONTROL, and ends without one. */
  readonly code: string;
  /** Variables by which the interpreter comes to run it; it takes them away again. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * Whether it opens its program before the boot program runs. Then it starts in /tmp, where an
   * empty file has the program's name; the boot program copies the code into that.
   */
  readonly opens_first: boolean;
  /**
   * Whether its boot program can do nothing but wait: a request with arguments or variables is not
   * for it, and the keeper removes its file.
   */
  readonly plain: boolean;
  /** Beginnings of names of variables that an interpreter reads when it starts. */
  readonly cold: readonly string[];
  /** Libraries that it loads. */
  readonly preload: readonly string[];
}

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
  /**
   * Bytes that its runtime reserves writable at its start and hardly uses; undefined for most. Where
   * no cgroup counts memory, they are added to RLIMIT_DATA, which counts what is reserved.
   */
  readonly reserved_bytes?: number;
  /** Undefined: its interpreter is started with the request. */
  readonly warm?: WarmStart;
  /** Mode of the code file: 0o600, or 0o700 if the code file itself is executed. */
  readonly mode: number;
}
