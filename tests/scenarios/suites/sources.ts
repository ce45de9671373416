// Parts of Debian's source packages, fetched once and kept below .cache/sources.

import { checkFile, downloadSource } from "../../../policy/libseccomp/source.ts";
import { projectRoot } from "../../helpers/agent.ts";
import { isThere } from "./suite.ts";

/** A source package of Debian, and what is needed of it. */
export interface Source {
  readonly package: string;
  /** The archive's name, and its SHA-256. */
  readonly archive: string;
  readonly sha256: string;
  /** Paths below the archive's root directory. */
  readonly parts: readonly string[];
  /** Whether the archive has no directory around everything. */
  readonly flat?: boolean;
}

/** Its unpacked directory, or why there is none here. */
export async function unpacked(source: Source): Promise<string | { missing: string }> {
  const cache = `${projectRoot}.cache/sources`;
  const directory = `${cache}/${source.archive}`;
  if (await isThere(directory)) return directory;
  await Deno.mkdir(cache, { recursive: true });
  const work = await Deno.makeTempDir({ dir: cache });
  try {
    // Of the package only this file counts: a mirror may lack another one.
    await downloadSource(work, source.package, {}).catch(async (error) => {
      if (!await isThere(`${work}/${source.archive}`)) throw error;
    });
    await checkFile(`${work}/${source.archive}`, source.sha256);
    await Deno.mkdir(`${work}/tree`);
    const around = source.flat
      ? source.parts
      : ["--strip-components=1", "--wildcards", "--no-wildcards-match-slash"].concat(
        source.parts.map((part) => `*/${part}`),
      );
    const { success, stderr } = await new Deno.Command("tar", {
      args: ["-xf", `../${source.archive}`, ...around],
      cwd: `${work}/tree`,
    }).output();
    if (!success) return { missing: `cannot unpack: ${new TextDecoder().decode(stderr)}` };
    await Deno.rename(`${work}/tree`, directory);
    return directory;
  } catch (error) {
    const why = (error as Error).message.split("\n")[0];
    return { missing: `no source package "${source.package}": ${why}` };
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}
