// Runs one program of the toolchain to its end.
//
// The compiler, the linker and apt are the only foreign programs of this folder; each failure must
// name the command and carry what it printed, because that is all a reader has to go by.

/** Where and how a command runs. */
export interface RunOptions {
  readonly cwd?: string;
  /**
   * Variables set beside a minimal environment: nothing of the caller's locale leaks into output.
   */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs `program` and returns what it wrote to stdout, as text.
 *
 * @throws Error with the command line and the end of stderr when the exit status is not 0
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const child = new Deno.Command(program, {
    args: [...args],
    cwd: options.cwd,
    clearEnv: true,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C.UTF-8", ...options.env },
    stdin: "null",
  });
  const { code, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  if (code !== 0) {
    const tail = text.decode(stderr).trimEnd().split("\n").slice(-12).join("\n");
    throw new Error(`Cannot run "${program} ${args.join(" ")}": exit status ${code}\n${tail}`);
  }
  return text.decode(stdout);
}
