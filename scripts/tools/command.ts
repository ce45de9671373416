// Runs one program of the build and hands back what it printed.
//
// The build calls a few tools (deno, dpkg-deb, apt-get); each either does its work or ends the
// build with the tool's own words. It must never go through a shell.

/** What to run a build tool with. */
export interface CommandOptions {
  /** Working directory. */
  cwd?: string;
  /** Environment added to this process's own; `undefined` takes a variable away. */
  env?: Record<string, string | undefined>;
  /** Milliseconds until the program is killed; default 120,000. */
  timeoutMs?: number;
}

/**
 * Standard output as bytes. Throws an Error with the end of standard error if the program fails.
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

/** Standard output as text, without the final newline. */
export async function commandText(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  return new TextDecoder().decode(await commandBytes(program, args, options)).trimEnd();
}

/** Whether a program can be found on PATH or in the directories of system programs. */
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
