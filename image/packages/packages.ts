// Debian packages: finds the version, fetches each once into the cache, checks and unpacks it.
// Nothing is installed.
//
// Everything goes through apt's ordinary client and its configured sources, so the image is made of
// what the archive of the building machine offers. A cached package is used without a network
// request.

import { commandText } from "../../scripts/tools/command.ts";
import { sha256 } from "../../scripts/tools/digest.ts";
import { cacheDirectory } from "../../scripts/tools/paths.ts";
import { archiveEnvironment, type DebianArchitecture } from "./archive.ts";

/** One package of the archive. */
export interface Package {
  name: string;
  version: string;
  /** "amd64", "arm64", or "all". */
  architecture: string;
  /** SHA-256 of the .deb file. */
  hash: string;
  /** Names of the packages it needs. Of several alternatives, only the first. */
  depends: string[];
  /** The architecture whose package lists contain it. */
  archive: DebianArchitecture;
}

/** Reads one record as `apt-cache show` prints it. Throws if a field is missing. */
export function parseRecord(text: string, archive: DebianArchitecture): Package {
  const field = (name: string): string => {
    const found = text.match(new RegExp(`^${name}: (.*)$`, "m"));
    return found?.[1] ?? "";
  };
  const depends = [field("Pre-Depends"), field("Depends")].join(",").split(",")
    .map((d) => d.split("|")[0].trim().split(/[ :(]/)[0])
    .filter((d) => d !== "");
  const record = {
    name: field("Package"),
    version: field("Version"),
    architecture: field("Architecture"),
    hash: field("SHA256"),
    depends,
    archive,
  };
  if (record.name === "" || record.version === "" || !/^[0-9a-f]{64}$/.test(record.hash)) {
    throw new Error(`Cannot read the package record "${text.slice(0, 80)}"`);
  }
  return record;
}

/**
 * Looks up packages in apt's lists. Takes the newest record that the archive can deliver, whatever
 * version is installed here. Names that no archive knows are left out of the map.
 */
export async function lookUpPackages(
  names: readonly string[],
  architecture: DebianArchitecture,
): Promise<Map<string, Package>> {
  const found = new Map<string, Package>();
  if (names.length === 0) return found;
  const env = await archiveEnvironment(architecture);
  const text = await commandText("apt-cache", [
    "show",
    "--no-all-versions",
    ...names.map((name) => `${name}:${architecture}`),
  ], { env }).catch(() => "");
  for (const record of text.split(/\n\n+/)) {
    if (!/^SHA256: /m.test(record) || !/^Filename: /m.test(record)) continue;
    const parsed = parseRecord(record, architecture);
    if (!found.has(parsed.name)) found.set(parsed.name, parsed);
  }
  for (const name of names) {
    // The installed version may not come from the archive: then the archive's own newest one is
    // taken.
    if (found.has(name)) continue;
    const all = await commandText("apt-cache", ["show", `${name}:${architecture}`], { env })
      .catch(() => "");
    const record = all.split(/\n\n+/).find((r) => /^SHA256: /m.test(r) && /^Filename: /m.test(r));
    if (record !== undefined) found.set(name, parseRecord(record, architecture));
  }
  return found;
}

/**
 * Fetches a package into the cache unless it is there, checks its SHA-256 and unpacks it. Returns
 * the directory.
 */
export async function unpackedPackage(pack: Package): Promise<string> {
  const id = `${pack.name}_${pack.version.replaceAll(":", "%3a")}_${pack.architecture}`;
  const directory = `${cacheDirectory}/unpacked/${id}_${pack.hash.slice(0, 12)}`;
  if (await exists(directory)) return directory;
  const store = `${cacheDirectory}/packages`;
  await Deno.mkdir(store, { recursive: true });
  const file = `${store}/${id}.deb`;
  if (!await exists(file)) await download(pack, file, store);
  const hash = await sha256(await Deno.readFile(file));
  if (hash !== pack.hash) {
    await Deno.remove(file);
    throw new Error(`Cannot use "${id}.deb": SHA-256 is ${hash}, the archive says ${pack.hash}`);
  }
  await Deno.mkdir(`${cacheDirectory}/unpacked`, { recursive: true });
  const partial = await Deno.makeTempDir({ dir: `${cacheDirectory}/unpacked`, prefix: ".part-" });
  await commandText("dpkg-deb", ["-x", file, partial]);
  await Deno.rename(partial, directory);
  return directory;
}

async function download(pack: Package, file: string, store: string): Promise<void> {
  const work = await Deno.makeTempDir({ dir: store, prefix: ".get-" });
  try {
    const wanted = `${pack.name}:${pack.architecture}=${pack.version}`;
    const name = pack.architecture === "all" ? `${pack.name}=${pack.version}` : wanted;
    await commandText("apt-get", ["download", "-q", "-o", "APT::Sandbox::User=root", name], {
      cwd: work,
      env: await archiveEnvironment(pack.archive),
      timeoutMs: 300_000,
    });
    for await (const entry of Deno.readDir(work)) {
      if (entry.name.endsWith(".deb")) await Deno.rename(`${work}/${entry.name}`, file);
    }
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
