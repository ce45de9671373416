// Makes a stand-in a program that a monitor can be told to start.

import { root } from "../../../scripts/tools/paths.ts";

/** Writes an executable that becomes the stand-in, with `flags` before its arguments. */
export async function standInProgram(
  directory: string,
  name: "firecracker" | "cloud_hypervisor" | "jailer",
  flags = "",
): Promise<string> {
  const path = `${directory}/${name.replace("_", "-")}`;
  const run = `run -A --no-check --config "${root}/deno.json"`;
  const module = `"${root}/host/machine/testing/${name}_stand_in.ts"`;
  const text = `#!/bin/sh\nexec "${Deno.execPath()}" ${run} ${module} ${flags} "$@"\n`;
  await Deno.writeTextFile(path, text, { mode: 0o755 });
  return path;
}
