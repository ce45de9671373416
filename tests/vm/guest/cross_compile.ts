// Compiles a C program for the guest's processor, with Debian's cross compiler where it is another
// than this machine's.

import { commandText } from "../../../scripts/tools/command.ts";

const compilers = { x86_64: "x86_64-linux-gnu-gcc", aarch64: "aarch64-linux-gnu-gcc" } as const;

/** Compiles `source` to `output`. Throws with the compiler's words. */
export async function compileFor(
  arch: "x86_64" | "aarch64",
  source: string,
  output: string,
  options: readonly string[] = [],
): Promise<void> {
  await commandText(compilers[arch], ["-Os", "-s", "-Wall", ...options, "-o", output, source]);
}
