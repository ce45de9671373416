// A longer program in each language of the image: everything that it ordinarily uses works, and
// none of its calls is denied.
//
// The profiles were learned on one processor, and C libraries make other calls on another. Each
// program ends with a word that names its processor, where the language can tell.

import assert from "node:assert/strict";
import { elfNeeds } from "../../../image/elf.ts";
import { buildStub } from "../../../image/boot_stub.ts";
import { job, MiB, type Scenario, type Stage } from "../guest/scenario.ts";

/** How each language names a processor. */
const kernel = { x86_64: " x86_64", aarch64: " aarch64" };
const node = { x86_64: " x64", aarch64: " arm64" };
const debian = { x86_64: " amd64", aarch64: " arm64" };
const java = { x86_64: " amd64", aarch64: " aarch64" };
const nothing = { x86_64: "", aarch64: "" };

/** A program, what it prints for each processor, and calls that its runtime does without. */
interface Tour {
  file: string;
  says: Record<Stage["arch"], string>;
  refused?: readonly string[];
}

/** The program of each language. */
const tours: Readonly<Record<string, Tour>> = {
  python: { file: "tour.py", says: kernel },
  node: { file: "tour.js", says: node },
  typescript: { file: "tour.ts", says: kernel },
  sh: { file: "tour.sh", says: nothing },
  bash: { file: "tour.bash", says: kernel },
  perl: { file: "tour.pl", says: kernel },
  ruby: { file: "tour.rb", says: kernel },
  php: { file: "tour.php", says: kernel },
  lua: { file: "tour.lua", says: nothing },
  // R compiles regular expressions, and does without; Java looks which networks there are.
  r: { file: "tour.R", says: kernel, refused: ["mmap"] },
  c: { file: "tour.c", says: kernel },
  cpp: { file: "tour.cpp", says: kernel },
  go: { file: "tour.go", says: debian },
  rust: { file: "tour.rs", says: kernel },
  java: { file: "Main.java", says: java, refused: ["socket"] },
};

/** The runtimes of some languages have many threads, and all that is here runs emulated. */
const limits = { processes: 64, memory_bytes: 512 * MiB };

function tour(language: string, limitMs: number): Scenario {
  return {
    name: `all that a program ordinarily uses works: ${language}`,
    run: async (stage) => {
      const { file, says, refused = [] } = tours[language];
      const code = await Deno.readTextFile(new URL(`../../fixtures/tour/${file}`, import.meta.url));
      const { result, stdout, stderr } = await job(stage, language, code, {
        status: "exited",
        exit_code: 0,
      }, { limits: { ...limits, cpu_ms: limitMs }, timeout_ms: limitMs });
      const { build } = result;
      assert.equal(stdout, `fine${says[stage.arch]}\n`, JSON.stringify(result) + stderr);
      assert.equal(stderr, "");
      const denied = [...result.denied, ...build?.denied ?? []].map(({ syscall }) => syscall);
      assert.deepEqual(denied.filter((call) => !refused.includes(call)), []);
      const built = build === undefined ? "" : `, built in ${Math.round(build.wall_ms)} ms`;
      console.log(`        ${language}: ran ${Math.round(result.wall_ms)} ms${built}`);
    },
  };
}

const compiled: Scenario = {
  name: "a compiled program of the guest's processor runs",
  run: async (stage) => {
    const program = buildStub(stage.arch, [
      { call: "write", args: [1, "hello\n", 6] },
      { call: "exit_group", args: [7] },
    ]);
    assert.equal(elfNeeds(program)!.machine, stage.arch === "x86_64" ? 62 : 183);
    const { stdout } = await job(stage, "exec", program, { status: "exited", exit_code: 7 });
    assert.equal(stdout, "hello\n");
  },
};

/** One scenario for each language of the image, and one for a compiled program. */
export function languageScenarios(languages: readonly string[], limitMs: number): Scenario[] {
  const all = languages.filter((name) => name !== "exec").map((name) => tour(name, limitMs));
  return [...all, compiled];
}
