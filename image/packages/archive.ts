// Debian's package lists for a processor: the machine's own, or private ones for another processor.
//
// The apt of this machine does not know the packages of another processor. They are looked up with
// a separate apt configuration under the cache: it uses the machine's sources and keys, but its own
// lists and state. So the machine's dpkg architectures, lists and packages are never changed.

import { commandText } from "../../scripts/tools/command.ts";
import { cacheDirectory } from "../../scripts/tools/paths.ts";

/** Debian's name for a processor. */
export type DebianArchitecture = "amd64" | "arm64";

/** Debian's name for a processor. */
export function debianArchitecture(arch: "x86_64" | "aarch64"): DebianArchitecture {
  return arch === "x86_64" ? "amd64" : "arm64";
}

/** How long private lists are used before apt fetches newer ones. */
const LISTS_MS = 24 * 60 * 60 * 1000;

/**
 * An apt.conf(5) that keeps everything of one architecture under `directory`. It reads the
 * machine's own settings (a proxy, say) first. It also stops apt from reading them again after this
 * file, because then they would win.
 */
export function privateConfiguration(architecture: string, directory: string): string {
  return [
    '#include "/etc/apt/apt.conf.d/";',
    'Dir::Etc::Parts "/dev/null";',
    'Dir::Etc::Main "/dev/null";',
    `APT::Architecture "${architecture}";`,
    "#clear APT::Architectures;",
    `APT::Architectures { "${architecture}"; };`,
    "#clear APT::Update::Post-Invoke;", // those hooks are for the machine's own lists
    "#clear APT::Update::Post-Invoke-Success;",
    `Dir::State "${directory}";`,
    `Dir::State::lists "${directory}/lists";`,
    `Dir::State::status "${directory}/status";`,
    `Dir::Cache "${directory}/cache";`,
    'Acquire::Languages "none";',
    'APT::Sandbox::User "root";',
    "",
  ].join("\n");
}

const prepared = new Map<DebianArchitecture, Promise<Record<string, string>>>();

/** Environment that makes apt's programs use one architecture. Empty for the machine's own. */
export function archiveEnvironment(
  architecture: DebianArchitecture,
): Promise<Record<string, string>> {
  if (architecture === debianArchitecture(Deno.build.arch as "x86_64" | "aarch64")) {
    return Promise.resolve({});
  }
  let promise = prepared.get(architecture);
  if (promise === undefined) prepared.set(architecture, promise = prepare(architecture));
  return promise;
}

async function prepare(architecture: DebianArchitecture): Promise<Record<string, string>> {
  const directory = `${cacheDirectory}/apt-${architecture}`;
  for (const name of ["lists/partial", "cache/archives/partial"]) {
    await Deno.mkdir(`${directory}/${name}`, { recursive: true });
  }
  const environment = { APT_CONFIG: `${directory}/apt.conf` };
  const text = privateConfiguration(architecture, directory);
  await Deno.writeTextFile(environment.APT_CONFIG, text);
  await Deno.writeTextFile(`${directory}/status`, "");
  const stamp = `${directory}/fetched`;
  const fetched = await Deno.stat(stamp).then((info) => info.mtime!.getTime(), () => 0);
  if (Date.now() - fetched < LISTS_MS) return environment;
  try {
    await commandText("apt-get", ["update", "-q"], { env: environment, timeoutMs: 300_000 });
    await Deno.writeTextFile(stamp, "");
  } catch (error) {
    if (fetched === 0) throw error; // old lists are better than none
  }
  return environment;
}
