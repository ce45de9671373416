// A longer program in each language of the image: everything that it ordinarily uses works, and
// none of its calls is denied.
//
// The profiles were learned on one processor, and C libraries make other calls on another. Each
// program ends with a word that names its processor, where the language can tell.

import assert from "node:assert/strict";
import { elfNeeds } from "../../../image/elf.ts";
import { buildStub } from "../../../image/boot_stub.ts";
import { fixture } from "../../helpers/fixture.ts";
import { job, type Scenario, type Stage } from "../guest/scenario.ts";

/** The program of each language, and what it prints for each processor. */
const tours: Readonly<Record<string, { file: string; says: Record<Stage["arch"], string> }>> = {
  python: { file: "tour.py", says: { x86_64: " x86_64", aarch64: " aarch64" } },
  sh: { file: "tour.sh", says: { x86_64: "", aarch64: "" } },
  perl: { file: "tour.pl", says: { x86_64: " x86_64", aarch64: " aarch64" } },
  ruby: { file: "tour.rb", says: { x86_64: " x86_64", aarch64: " aarch64" } },
  node: { file: "tour.js", says: { x86_64: " x64", aarch64: " arm64" } },
};

function tour(language: string): Scenario {
  return {
    name: `all that a program ordinarily uses works: ${language}`,
    run: async (stage) => {
      const { file, says } = tours[language];
      const code = new TextDecoder().decode((await fixture(`tour/${file}`)).code);
      const { result, stdout, stderr } = await job(stage, language, code, {
        status: "exited",
        exit_code: 0,
        denied: [],
      });
      assert.equal(stdout, `fine${says[stage.arch]}\n`, JSON.stringify(result) + stderr);
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
export function languageScenarios(languages: readonly string[]): Scenario[] {
  return [...languages.map(tour), compiled];
}
