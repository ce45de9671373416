// Fetches the exact libseccomp source that the filters are made with.
//
// Debian's source package is the one every Debian 12 machine can have through apt, and its patch
// brings the syscall table up to Linux 6.7. The checksums below decide what is accepted: whatever
// the mirror sends, nothing else is ever compiled. The system's own apt lists are left alone.

import { join } from "node:path";
import { run } from "./command.ts";

/** Debian's version of the source package; its part before the dash is libseccomp's own. */
export const DEBIAN_VERSION = "2.5.4-1+deb12u1";

/** The newest kernel whose syscalls the patched table knows. */
export const TABLE_VERSION = "Linux 6.7";

/** SHA-256 of each file of the source package that is unpacked. */
export const CHECKSUMS: Readonly<Record<string, string>> = {
  "libseccomp_2.5.4-1+deb12u1.dsc":
    "0ab1448c7206ee928f97a24d04300cfd3bb26babb4238c82fb71f507b5148595",
  "libseccomp_2.5.4-1+deb12u1.debian.tar.xz":
    "665fc6ad1b9887207b0af1a293a2d7975e2df503a2618d1808b970081f9672f6",
  "libseccomp_2.5.4.orig.tar.gz":
    "d82902400405cf0068574ef3dc1fe5f5926207543ba1ae6f8e7a1576351dcbdb",
};

const MIRROR =
  "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main\n";

/**
 * Puts the unpacked, patched source into `dir`/source and returns that path.
 *
 * @param dir an existing, empty working directory
 * @throws Error naming the file whose checksum differs, or the apt command that failed
 */
export async function fetchSource(dir: string): Promise<string> {
  await downloadSource(dir, `libseccomp=${DEBIAN_VERSION}`, CHECKSUMS);
  const [description] = Object.keys(CHECKSUMS);
  const source = join(dir, "source");
  await run("dpkg-source", ["--no-check", "-x", description, source], { cwd: dir });
  return source;
}

/**
 * Downloads the source package `wanted` ("name" or "name=version") into `dir` and checks those of
 * its files that `checksums` names.
 *
 * @throws as `fetchSource`
 */
export async function downloadSource(
  dir: string,
  wanted: string,
  checksums: Readonly<Record<string, string>>,
): Promise<void> {
  const apt = join(dir, "apt");
  for (const part of ["lists/partial", "cache/archives/partial", "parts"]) {
    await Deno.mkdir(join(apt, part), { recursive: true });
  }
  const list = join(apt, "sources.list");
  await Deno.writeTextFile(list, MIRROR);
  const options = [
    `Dir::Etc::sourcelist=${list}`,
    `Dir::Etc::sourceparts=${join(apt, "parts")}`,
    `Dir::State::lists=${join(apt, "lists")}`,
    `Dir::Cache=${join(apt, "cache")}`,
    "APT::Sandbox::User=", // the working directory is private to the caller
  ].flatMap((option) => ["-o", option]);
  await run("apt-get", [...options, "-q", "update"], { cwd: dir });
  await run("apt-get", [...options, "-q", "--download-only", "source", wanted], { cwd: dir });
  for (const [name, checksum] of Object.entries(checksums)) {
    await checkFile(join(dir, name), checksum);
  }
}

/** Throws unless the file's SHA-256 is `checksum` (hexadecimal). */
export async function checkFile(path: string, checksum: string): Promise<void> {
  const found = await sha256(await Deno.readFile(path));
  if (found !== checksum) {
    throw new Error(`Cannot use "${path}": its SHA-256 is "${found}", expected "${checksum}"`);
  }
}

/** SHA-256 of `bytes`, hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
