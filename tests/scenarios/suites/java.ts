// Java: the tests of Commons Codec with JUnit 4. A project of sources and of the classes of two
// archives, which javac builds and java runs.

import { outside } from "./outside.ts";
import { type Source, unpacked } from "./sources.ts";
import { isThere, type Suite, type SuiteCase } from "./suite.ts";

const source: Source = {
  package: "libcommons-codec-java",
  archive: "libcommons-codec-java_1.15.orig.tar.xz",
  sha256: "857c58c23bfe6b284b174d89f323de438042ce9a005b2a81afa658962caff90f",
  parts: ["src"],
};

const archives = ["/usr/share/java/junit4.jar", "/usr/share/java/hamcrest.jar"];

type Files = Record<string, string | Uint8Array>;

/** Adds the files below a directory whose names `is` accepts. */
async function collect(directory: string, is: RegExp, files: Files, below = ""): Promise<Files> {
  for await (const { name, isDirectory } of Deno.readDir(`${directory}/${below}`)) {
    const path = below === "" ? name : `${below}/${name}`;
    if (isDirectory) await collect(directory, is, files, path);
    else if (is.test(name)) files[path] = await Deno.readFile(`${directory}/${path}`);
  }
  return files;
}

/** The classes of the archives. */
async function classes(): Promise<Files> {
  const work = await Deno.makeTempDir();
  try {
    for (const archive of archives) {
      const unzip = new Deno.Command("/usr/bin/jar", { args: ["-xf", archive], cwd: work });
      if (!(await unzip.output()).success) throw new Error(`Cannot unpack "${archive}"`);
    }
    return await collect(work, /\.class$/, {});
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

const main = (test: string) =>
  `import org.junit.runner.*;
public class Main {
  public static void main(String[] args) {
    Result result = JUnitCore.runClasses(${test}.class);
    for (var failure : result.getFailures()) System.out.println(failure.getTrace());
    System.out.println("ran " + result.getRunCount() + ", failed " + result.getFailureCount());
    System.exit(result.wasSuccessful() ? 0 : 1);
  }
}
`;

/** One class of tests for each program. */
export const java: Suite = {
  language: "java",
  from: "libcommons-codec-java 1.15, with junit4",
  async cases() {
    for (const archive of archives) if (!await isThere(archive)) return `no "${archive}"`;
    const tree = await unpacked(source);
    if (typeof tree !== "string") return tree.missing;
    const sources = await collect(`${tree}/src/main/java`, /\.java$/, await classes());
    const data = await collect(`${tree}/src/main/resources`, /./, {});
    const tests = await collect(`${tree}/src/test/java`, /\.java$/, {});
    const cases: SuiteCase[] = [];
    for (const path of Object.keys(tests).toSorted()) {
      const name = path.replace(/\.java$/, "").replaceAll("/", ".");
      if (!/Test$/.test(name) || /Abstract|PhoneticEngine/.test(name)) continue;
      cases.push({ name, code: main(name), files: { ...sources, ...tests, ...data } });
    }
    // Each is compiled, which takes two seconds: one in three.
    return cases.filter((_, i) => i % 3 === 0);
  },
  passed({ exitCode, stdout }) {
    const ran = /^ran (\d+), failed 0$/m.exec(stdout);
    return exitCode === 0 && ran !== null ? Number(ran[1]) : null;
  },
  outside: outside.java,
  fails: {
    "measures speed for longer than the 10 s of processor time that a job has by default":
      "org.apache.commons.codec.language.bm.CacheSubSequencePerformanceTest",
    "wants a heap of more than a job may have (1 GiB)":
      "org.apache.commons.codec.binary.BaseNCodecTest org.apache.commons.codec.digest.MurmurHash3Test",
  },
  sample: 4,
  atLeast: { sample: 3, all: 16 },
};
