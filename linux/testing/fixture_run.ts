// For tests: runs a program of fixtures/ in a process of its own, for steps that cannot be undone.
//
// By default the fixture has the one permission that the real program needs: FFI with the C
// library's path.

import { libcPath } from "../libc.ts";

/** The command line that runs a fixture. */
export function fixtureCommand(
  name: string,
  args: string[] = [],
  permissions: string[] = [],
): string[] {
  const path = new URL(`../fixtures/${name}.ts`, import.meta.url).pathname;
  const options = ["--quiet", "--no-prompt", "--cached-only", "--no-check"];
  return [
    Deno.execPath(),
    "run",
    ...options,
    ...(permissions.length > 0 ? permissions : [`--allow-ffi=${libcPath}`]),
    path,
    ...args,
  ];
}

/** Runs the fixture to its end, at most `limitMs`. Returns the JSON it printed. */
export async function runFixture(
  command: string[],
  limitMs = 20_000,
): Promise<Record<string, unknown>> {
  const child = new Deno.Command(command[0], {
    args: command.slice(1),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(limitMs),
  });
  const { success, stdout, stderr } = await child.output();
  if (!success) throw new Error(`Cannot run the fixture: ${new TextDecoder().decode(stderr)}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}
