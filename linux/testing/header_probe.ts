// For tests: asks the C compiler for the value of a constant, an offset or a size in the system's
// headers.
//
// The expressions become one array in a C file, which is compiled to assembly text and never run.
// So the headers of another architecture work too: both are LP64, and the host's compiler lays out
// their structures the same way.

import { stat } from "../file.ts";
import type { Arch } from "../syscall_numbers.ts";

/** How to ask for one architecture. */
export interface Probe {
  /** Compiler arguments. */
  args: string[];
  /** What is not installed; then the probe cannot be used. */
  missing?: string;
}

const crossHeaders = "/usr/aarch64-linux-gnu/include";

/** The probe for an architecture on this machine. */
export function probeFor(arch: Arch): Probe {
  if (stat("/usr/bin/cc") === null) return { args: [], missing: "a C compiler (cc)" };
  if (arch === Deno.build.arch) {
    const found = stat("/usr/include/unistd.h") !== null;
    return found ? { args: [] } : { args: [], missing: "the C library's headers (libc6-dev)" };
  }
  if (arch !== "aarch64") return { args: [], missing: `headers of ${arch}` };
  if (stat(crossHeaders) === null) {
    return { args: [], missing: "headers of aarch64 (libc6-dev-arm64-cross)" };
  }
  const args = ["-nostdinc", "-U__x86_64__", "-D__aarch64__", "-D__AARCH64EL__"];
  return { args: [...args, "-isystem", crossHeaders, "-isystem", compilerHeaders()] };
}

function compilerHeaders(): string {
  const { stdout } = new Deno.Command("cc", { args: ["-print-file-name=include"] }).outputSync();
  return new TextDecoder().decode(stdout).trim();
}

/**
 * Values of C expressions with the given headers included, in order. A macro's name that is in
 * `maybe` gives undefined if the headers do not define it. Anything else that is unknown is a
 * compiler error.
 */
export async function askHeaders(
  probe: Probe,
  headers: readonly string[],
  expressions: readonly string[],
  maybe: ReadonlySet<string> = new Set(),
): Promise<(bigint | undefined)[]> {
  const rows = expressions.map((text) =>
    maybe.has(text)
      ? `#ifdef ${text}\n(long long)(${text}), 1,\n#else\n0, 0,\n#endif`
      : `(long long)(${text}), 1,`
  );
  const source = [
    "#define _GNU_SOURCE",
    "#include <stddef.h>",
    ...headers.map((header) => `#include <${header}>`),
    "const long long probe[] = {",
    ...rows,
    "-1, -1 };",
  ].join("\n");
  const child = new Deno.Command("cc", {
    args: ["-S", "-O0", "-w", "-x", "c", "-", "-o", "-", ...probe.args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(source));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  if (!success) throw new Error(`Cannot compile the probe: ${new TextDecoder().decode(stderr)}`);
  const words = [...new TextDecoder().decode(stdout).matchAll(/^\t\.(quad|xword|zero)\t(-?\d+)$/gm)]
    .flatMap(([, kind, n]) => kind === "zero" ? Array(Number(n) / 8).fill(0n) : [BigInt(n)]);
  if (words.length !== 2 * expressions.length + 2) {
    throw new Error("Cannot read the probe's output");
  }
  return expressions.map((_, i) => words[2 * i + 1] === 1n ? words[2 * i] : undefined);
}
