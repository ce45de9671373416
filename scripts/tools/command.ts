// Runs one program of the build and returns what it printed.
//
// The build calls a few tools (deno, dpkg-deb, apt-get). A tool that fails ends the build with the
// tool's own error text. Commands must never go through a shell.

/** Options for running a build tool. */
export interface CommandOptions {
  /** Working directory. */
  cwd?: string;
  /** Environment added to this process's own; `undefined` removes a variable. */
  env?: Record<string, string | undefined>;
  /** Milliseconds until the program is killed; default 120,000. */
  timeoutMs?: number;
}

/**
 * Returns standard output as bytes. If the program fails, throws an Error with the end of standard
 * error.
 */
export async function commandBytes(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const output = await new Deno.Command(program, {
    args: [...args],
    cwd: options.cwd,
    env: environment(options.env),
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(options.timeoutMs ?? 120_000),
  }).output().catch((cause) => {
    throw new Error(`Cannot run "${program}"`, { cause });
  });
  if (!output.success) {
    const said = new TextDecoder().decode(output.stderr).trim().split("\n").slice(-12).join("\n");
    const line = [program, ...args].join(" ");
    const shown = line.length > 1000 ? `${line.slice(0, 1000)}…` : line;
    throw new Error(`Cannot run "${shown}": exit ${output.code}\n${said}`);
  }
  return output.stdout as Uint8Array<ArrayBuffer>;
}

function environment(added: CommandOptions["env"]): Record<string, string> {
  const all = { ...Deno.env.toObject(), ...added, NO_COLOR: "1", LC_ALL: "C.UTF-8" };
  const entries = Object.entries(all).filter((entry): entry is [string, string] =>
    entry[1] !== undefined
  );
  return Object.fromEntries(entries);
}

/** Returns standard output as text, without the final newline. */
export async function commandText(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  return new TextDecoder().decode(await commandBytes(program, args, options)).trimEnd();
}

/** Looks for a program on PATH and in the directories of system programs. */
export function findProgram(name: string): string | null {
  const directories = [
    ...(Deno.env.get("PATH") ?? "").split(":"),
    "/usr/sbin",
    "/sbin",
    "/usr/bin",
  ];
  for (const directory of directories) {
    if (directory === "") continue;
    try {
      if (Deno.statSync(`${directory}/${name}`).isFile) return `${directory}/${name}`;
    } catch {
      continue;
    }
  }
  return null;
}
