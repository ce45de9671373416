// The command line as one program: `sallyport`, for whoever has no Deno.

import { commandText } from "../tools/command.ts";
import { checkProgram } from "../tools/elf_machine.ts";
import { root } from "../tools/paths.ts";
import type { Target } from "./compile_agent.ts";

/** What it may do: connect, read and write the files that are named, read the environment. */
export const cliPermissions: readonly string[] = [
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--unstable-vsock",
  "--no-prompt",
];

/** All of the command line, and the deno.json that has its packages. */
const entry = `${root}/controller/mcp/main.ts`;
const config = `${root}/controller/mcp/deno.json`;

/**
 * Compiles the command line into `output`.
 *
 * @param runtime Path of Deno's runtime for compiled programs; left out, Deno fetches it.
 * @throws Error if the runtime cannot be had, or the result does not print its version.
 */
export async function compileCli(
  target: Target,
  output: string,
  runtime?: string,
): Promise<void> {
  const work = await Deno.makeTempDir({ prefix: "sallyport-cli-" });
  try {
    const flags = ["--quiet", "--minify", "--no-remote", "--packages=bundle", "--format=esm"];
    // In one file all that any command imports of the runtime would be loaded by every command.
    await commandText(Deno.execPath(), [
      "bundle",
      `--config=${config}`,
      "--frozen",
      ...flags,
      "--code-splitting",
      `--outdir=${work}`,
      entry,
    ]);
    for (const { name } of Deno.readDirSync(work)) {
      await Deno.utime(`${work}/${name}`, 1, 1); // stored in the program: the same bytes each time
    }
    await commandText(Deno.execPath(), [
      "compile",
      ...["--quiet", "--no-config", "--no-lock", "--no-check", "--no-npm", "--no-remote"],
      "--no-code-cache",
      "--app-name=sallyport",
      ...cliPermissions,
      `--target=${target}-unknown-linux-gnu`,
      `--output=${output}`,
      `${work}/main.js`,
    ], { env: { DENORT_BIN: runtime } });
    await checkProgram(output, target);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
  if (target !== Deno.build.arch) return;
  const said = await commandText(output, ["--version"]);
  if (/^sallyport \d/.test(said)) return;
  await Deno.remove(output);
  throw new Error(`Cannot use "${output}": it printed "${said.slice(0, 120)}", not its version`);
}
