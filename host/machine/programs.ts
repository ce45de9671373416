// Finds a monitor's program.

import { findProgram } from "../../scripts/tools/command.ts";
import { MachineError } from "./machine_error.ts";

/** The path of `given`, or of the program `name`. @throws MachineError "not_installed" */
export function programOf(name: string, given?: string): string {
  if (given === undefined) {
    const found = findProgram(name);
    if (found !== null) return found;
    throw new MachineError("not_installed", `Cannot find "${name}": it is not installed`);
  }
  try {
    if (Deno.statSync(given).isFile) return given;
  } catch {
    // Told below.
  }
  throw new MachineError("not_installed", `Cannot find "${name}": there is no program "${given}"`);
}

/** What `PROGRAM --version` says first; null if it is not there, or does not run. */
export async function versionOf(name: string): Promise<string | null> {
  const program = findProgram(name);
  if (program === null) return null;
  const { success, stdout } = await new Deno.Command(program, {
    args: ["--version"],
    stdin: "null",
    stderr: "null",
  }).output();
  return success ? new TextDecoder().decode(stdout).split("\n")[0].trim() : null;
}
