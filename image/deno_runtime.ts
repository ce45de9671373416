// Deno for the guest's processor, for images that carry it and run the bundled agent.
//
// This is the second form of the agent. Where no runtime for `deno compile` can be fetched for a
// processor, the image takes the ordinary executable from the npm registry, pinned by checksum, and
// runs the one-file bundle with it. The agent must get exactly the permissions of the compiled one.

import { commandText } from "../scripts/tools/command.ts";
import { libcPaths, type Target, v8Flags } from "../scripts/build/compile_agent.ts";
import { cacheDirectory } from "../scripts/tools/paths.ts";

/** Paths of the executable and the bundle in the image. */
export const denoPath = "usr/bin/deno", bundlePath = "usr/lib/sallyport/agent.js";

/**
 * The packages of one release in the npm registry, with npm's own integrity value (SHA-512,
 * base64).
 */
const packages: Readonly<Record<Target, { name: string; version: string; sha512: string }>> = {
  x86_64: {
    name: "@deno/linux-x64-glibc",
    version: "2.9.6",
    sha512:
      "3md4TKLCuzsLDmfOoC5KN7NAZaxSVkMgm64vg6foD00JBADCpYS2/5QqXfzgnP5ZQz3iLP9vBQJtEgc116OAoQ==",
  },
  aarch64: {
    name: "@deno/linux-arm64-glibc",
    version: "2.9.6",
    sha512:
      "poqhoH9B3nYloigEMPT5t8HY+wBeiuea1An5Q7fqgJzP0SYmWsoS/oUnWO/pEiA4ofzIBy1Elt/in58xKtxEoQ==",
  },
};

/** The executable on disk. */
export interface DenoRuntime {
  path: string;
  /** "package=version". */
  origin: string;
}

/**
 * Fetches the executable with npm unless it is cached, checks the package's SHA-512 and unpacks it.
 */
export async function denoRuntime(target: Target): Promise<DenoRuntime> {
  const { name, version, sha512 } = packages[target];
  const path = `${cacheDirectory}/deno-${version}-${target}`;
  const origin = `${name}=${version}`;
  if (await Deno.stat(path).then(() => true, () => false)) return { path, origin };
  await Deno.mkdir(cacheDirectory, { recursive: true });
  const work = await Deno.makeTempDir({ dir: cacheDirectory, prefix: ".deno-" });
  try {
    const file = await commandText("npm", ["pack", "--silent", `${name}@${version}`], {
      cwd: work,
      timeoutMs: 300_000,
    });
    const bytes = await Deno.readFile(`${work}/${file.trim().split("\n").at(-1)}`);
    const found = new Uint8Array(await crypto.subtle.digest("SHA-512", bytes)).toBase64();
    if (found !== sha512) {
      throw new Error(`Cannot use "${name}@${version}": SHA-512 is ${found}, not ${sha512}`);
    }
    await Deno.writeFile(`${work}/package.tgz`, bytes);
    await commandText("tar", ["-xzf", "package.tgz", "package/deno"], { cwd: work });
    await Deno.rename(`${work}/package/deno`, path);
    return { path, origin };
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/**
 * The command that runs the bundle as the compiled agent would run: with the same permission,
 * fetching and storing nothing.
 */
export function bundleCommand(target: Target): string[] {
  return [
    `/${denoPath}`,
    "run",
    "--quiet",
    "--no-config",
    "--no-lock",
    "--no-npm",
    "--no-remote",
    "--cached-only",
    "--no-prompt",
    "--no-code-cache",
    `--allow-ffi=${libcPaths[target]}`,
    `--v8-flags=${v8Flags}`,
    `/${bundlePath}`,
  ];
}

/**
 * The environment of that command: no cache directory can be made, so nothing is written, and Deno
 * does not check for newer releases.
 */
export const bundleEnvironment: readonly string[] = [
  "DENO_DIR=/proc/none",
  "DENO_NO_UPDATE_CHECK=1",
];
