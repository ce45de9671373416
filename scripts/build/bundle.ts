// The agent as one JavaScript file: for images that already have Deno, and as the input of the
// compiled binary.
//
// The build id is the SHA-256 of that file before the id is written into it. So it identifies
// exactly the code that runs, whatever and wherever it was built from.

import { commandText } from "../tools/command.ts";
import { sha256 } from "../tools/digest.ts";

/**
 * The id in agent/core/build_id.ts when the agent runs from source. The bundle must contain it
 * exactly once.
 */
export const sourceBuildId = "built-from-source";

/** One bundle: its code with the id in it. */
export interface Bundle {
  /** First 16 hexadecimal digits of the code's SHA-256. */
  buildId: string;
  code: string;
}

/** Replaces `sourceBuildId` with the id. Throws if the bundle does not contain it exactly once. */
export async function stampBundle(code: string): Promise<Bundle> {
  const places = code.split(sourceBuildId).length - 1;
  if (places !== 1) {
    throw new Error(
      `Cannot stamp the bundle: "${sourceBuildId}" is in it ${places} times, not once`,
    );
  }
  const buildId = (await sha256(code)).slice(0, 16);
  return { buildId, code: code.replace(sourceBuildId, buildId) };
}

/** The code of an entry point with all that it imports, as `deno bundle` makes it: minified. */
export async function bundleCode(entry: string, directory: string): Promise<string> {
  const file = `${directory}/bundle.js`;
  await commandText(Deno.execPath(), [
    "bundle",
    "--quiet",
    "--minify",
    "--no-remote",
    "--packages=bundle",
    "--format=esm",
    `--output=${file}`,
    entry,
  ]);
  return await Deno.readTextFile(file);
}

/** Bundles the agent, whose entry point is `entry`. */
export async function makeBundle(entry: string, directory: string): Promise<Bundle> {
  return await stampBundle(await bundleCode(entry, directory));
}
