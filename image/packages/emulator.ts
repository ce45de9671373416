// Runs a program of another processor on this machine, only long enough to print its version.
//
// It uses QEMU's user mode with the C library from Debian's packages. QEMU 7.2 answers ENOSYS to
// seccomp(2) there (tried), so the agent can print its version but cannot run: running it needs a
// booted guest.

import { commandText, findProgram } from "../../scripts/tools/command.ts";
import { cacheDirectory } from "../../scripts/tools/paths.ts";
import { debianArchitecture } from "./archive.ts";
import { basePackages } from "./languages.ts";
import { lookUpPackages, unpackedPackage } from "./packages.ts";

/**
 * The command words to put before a program: none for this machine's own processor, the emulator
 * for another. Null where the emulator is not installed or its libraries cannot be fetched.
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
