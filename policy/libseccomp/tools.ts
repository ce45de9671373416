// Says which Debian packages the build of libseccomp needs, and installs them where that is
// allowed.
//
// Only regeneration needs them: the generated files are committed, so a machine without a compiler
// can still build, test and check everything else. Hence a missing tool must be reported by the
// name of the package to install, never as a failing compiler.

import { existsSync } from "node:fs";
import { run } from "./command.ts";

/** One path that proves a package is installed. */
interface Tool {
  readonly path: string;
  readonly debianPackage: string;
}

/** Compiler, linker, C library for WebAssembly, and what unpacks the source. */
export const TOOLS: readonly Tool[] = [
  { path: "/usr/bin/clang-14", debianPackage: "clang-14" },
  { path: "/usr/bin/wasm-ld-14", debianPackage: "lld-14" },
  { path: "/usr/lib/wasm32-wasi/libc.a", debianPackage: "wasi-libc" },
  {
    path: "/usr/lib/llvm-14/lib/clang/14.0.6/lib/wasi/libclang_rt.builtins-wasm32.a",
    debianPackage: "libclang-rt-14-dev-wasm32",
  },
  { path: "/usr/bin/gperf", debianPackage: "gperf" },
  { path: "/usr/bin/dpkg-source", debianPackage: "dpkg-dev" },
  { path: "/usr/include/linux/seccomp.h", debianPackage: "linux-libc-dev" },
];

/** The packages that are not installed, in the order of `TOOLS`. */
export function missingPackages(tools: readonly Tool[] = TOOLS): string[] {
  return tools.filter(({ path }) => !existsSync(path)).map(({ debianPackage }) => debianPackage);
}

/**
 * Makes sure that every tool is there: installs what is missing when run as root, with a line on
 * stderr that says so.
 *
 * @throws Error that names the packages and the command that installs them
 */
export async function ensureTools(): Promise<void> {
  const missing = missingPackages();
  if (missing.length === 0) return;
  const advice = `apt-get install --no-install-recommends ${missing.join(" ")}`;
  if (Deno.uid() !== 0 || !existsSync("/usr/bin/apt-get")) {
    throw new Error(`Cannot build libseccomp without "${missing.join('", "')}": run "${advice}"`);
  }
  console.error(`Installing the tools that build libseccomp: ${missing.join(" ")}`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["-q", "update"], { env });
  await run("apt-get", ["-q", "-y", "install", "--no-install-recommends", ...missing], { env });
}
