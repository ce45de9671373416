// Deno for the guest's processor, for images that carry it and run the bundled agent.
//
// The second form of the agent: where no runtime for `deno compile` can be had for a processor, the
// image takes the ordinary executable from the npm registry, pinned by checksum, and starts the
// one-file bundle with it. It must allow the agent exactly what the compiled one may do.

import { commandText } from "../scripts/tools/command.ts";
import { libcPaths, type Target, v8Flags } from "../scripts/build/compile_agent.ts";
import { cacheDirectory } from "../scripts/tools/paths.ts";

/** Where the image has the executable and the bundle. */
export const denoPath = "usr/bin/deno", bundlePath = "usr/lib/sallyport/agent.js";

/** The npm registry's packages of one release, with npm's own integrity value (SHA-512, base64). */
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

/** The executable on disk, fetched unless the cache has it. */
export interface DenoRuntime {
  path: string;
  /** "package=version". */
  origin: string;
}

/** Fetches the executable with npm, checks the package's SHA-512, unpacks it. */
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
 * The command that runs the bundle as the compiled agent would run: the same permission, nothing
 * fetched or kept.
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
 * Its environment: no cache directory can be made there, so nothing is written; and no look for
 * newer releases.
 */
export const bundleEnvironment: readonly string[] = [
  "DENO_DIR=/proc/none",
  "DENO_NO_UPDATE_CHECK=1",
];
