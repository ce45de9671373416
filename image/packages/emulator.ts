// Runs a program of another processor here, for the moment that it takes to say its version.
//
// QEMU's user mode with the C library of Debian's packages. It answers ENOSYS to seccomp(2) (tried
// with QEMU 7.2), so the agent can be asked who it is there but not be run: that takes a booted
// guest.

import { commandText, findProgram } from "../../scripts/tools/command.ts";
import { cacheDirectory } from "../../scripts/tools/paths.ts";
import { debianArchitecture } from "./archive.ts";
import { basePackages } from "./languages.ts";
import { lookUpPackages, unpackedPackage } from "./packages.ts";

/**
 * The words to put before a program: none for this machine's own processor, the emulator for
 * another, null where it is not installed or its libraries cannot be had.
 */
export async function emulatorFor(arch: "x86_64" | "aarch64"): Promise<string[] | null> {
  if (arch === Deno.build.arch) return [];
  const emulator = findProgram(`qemu-${arch}`);
  if (emulator === null || findProgram("apt-get") === null) return null;
  const debian = debianArchitecture(arch);
  const packages = [...(await lookUpPackages(basePackages, debian)).values()];
  if (packages.length < basePackages.length) return null;
  const id = packages.map((pack) => pack.hash.slice(0, 8)).sort().join("-");
  const directory = `${cacheDirectory}/libraries-${debian}-${id}`;
  if (!await Deno.stat(directory).then(() => true, () => false)) {
    const partial = await Deno.makeTempDir({ dir: cacheDirectory, prefix: ".libraries-" });
    for (const pack of packages) {
      await commandText("cp", ["-a", `${await unpackedPackage(pack)}/.`, partial]);
    }
    await Deno.rename(partial, directory);
  }
  return [emulator, "-L", directory];
}
