// Compiles a C program for the guest's processor. Uses Debian's cross compiler if that differs from
// this machine's processor.

import { commandText } from "../../../scripts/tools/command.ts";

const compilers = { x86_64: "x86_64-linux-gnu-gcc", aarch64: "aarch64-linux-gnu-gcc" } as const;

/** Compiles `source` to `output`. Throws an error with the compiler's message. */
export async function compileFor(
  arch: "x86_64" | "aarch64",
  source: string,
  output: string,
  options: readonly string[] = [],
): Promise<void> {
  await commandText(compilers[arch], ["-Os", "-s", "-Wall", ...options, "-o", output, source]);
}
